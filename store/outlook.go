package store

import (
	"context"
	"database/sql"
)

// outlook finds what of the found sites is in the next segments of an order,
// whose words stand next to each other: of many segments most have none of a
// few sites.
type outlook struct {
	v    view
	f    *found
	list []segment
	n    int // sites wanted
	sets map[string]idSet
	upTo int // of list: looked at so far
}

// within is what of the found sites is in a segment; segments are asked for in
// their order.
func (o *outlook) within(ctx context.Context, i int) (*found, error) {
	g := &o.list[i]
	if o.f.set == nil || g.column == "" {
		return o.v.within(ctx, o.f, g)
	}
	if i >= o.upTo {
		if err := o.look(ctx, i); err != nil {
			return nil, err
		}
	}
	set := o.sets[g.word]
	if set == nil {
		set = idSet{}
	}
	return &found{set, o.f.words}, nil
}

// look reads the sets of the words from a segment on until there are as many
// sites as are wanted.
func (o *outlook) look(ctx context.Context, i int) error {
	end := i
	at := map[string]int{}
	for end < len(o.list) && o.list[end].column != "" {
		at[o.list[end].word] = end
		end++
	}
	first, last, order := o.list[i].word, o.list[end-1].word, ""
	if first > last {
		first, last, order = last, first, ` DESC`
	}
	rows, err := o.v.QueryContext(ctx, `SELECT word, chunk, n, ids FROM site_sets WHERE word >= $1 AND word <= $2 ORDER BY word`+order, first, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	o.sets, o.upTo = map[string]idSet{}, end
	var word string
	var set idSet
	var chunk, n int64
	var ids sql.RawBytes
	total := 0
	for before := ""; rows.Next(); before = word {
		if err := rows.Scan(&word, &chunk, &n, &ids); err != nil {
			return err
		}
		if word != before {
			if total >= o.n {
				o.upTo = at[word]
				return nil
			}
			set = idSet{}
			o.sets[word] = set
		}
		total += o.f.set.pickIn(set, chunk, n, ids)
	}
	return rows.Err()
}
