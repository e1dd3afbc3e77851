package check

import "domaincheck/holder"

// names lets the rules compare holders with the matcher of package holder.
type names struct{ matcher *holder.Matcher }

// Same tells how two names are the same: exact, normalised, pinyin, or "".
func (n names) Same(admitted, seen string) string {
	switch {
	case admitted == "" || seen == "":
		return ""
	case admitted == seen:
		return string(holder.Exact)
	}
	m := n.matcher.Compare(seen, admitted)
	if !m.Matched() {
		return ""
	}
	return string(m.Kind)
}
