package rules

// WithConfirm gives the book with another measure of what makes a failure of a
// rule sure: measure is asked for every rule, false leaves the rule's own. The
// book it is called on does not change.
func (b *Book) WithConfirm(measure func(rule string) (Confirm, bool)) *Book {
	next := *b
	next.rules = make([]Rule, len(b.rules))
	copy(next.rules, b.rules)
	next.byID = make(map[string]*Rule, len(b.byID))
	for i := range next.rules {
		r := &next.rules[i]
		if c, ok := measure(r.ID); ok {
			r.Confirm = c
		}
		next.byID[r.ID] = r
	}
	return &next
}
