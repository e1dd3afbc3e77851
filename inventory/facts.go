package inventory

import (
	"reflect"

	"domaincheck"
)

func valueOf(x any) reflect.Value { return reflect.ValueOf(x) }

// ReadSite reads the facts of one site: an entry as under sites in yaml or
// JSON, its subject and servers written where they belong, or a document with
// exactly one site. The domain may be missing; the site then has none. Keys
// that a report's site has beyond that (siblings) are passed over.
//
// Errors are [*domaincheck.Error] with the place.
func ReadSite(data []byte, name string) (domaincheck.Site, error) {
	if name == "" {
		name = "-"
	}
	if len(data) > maxBytes {
		return domaincheck.Site{}, domaincheck.Errorf(domaincheck.CodeTooLarge, name, "larger than %d MiB", maxBytes>>20)
	}
	text, err := decodeText(name, data)
	if err != nil {
		return domaincheck.Site{}, err
	}
	root, err := parseTree(name, text)
	if err != nil {
		return domaincheck.Site{}, err
	}
	l := &loader{o: Options{Name: name}}
	d := l.decoder(false)
	if root.kind == mapNode && (root.get("sites") != nil || root.get("subjects") != nil) {
		if err := l.readYAML(text); err != nil {
			return domaincheck.Site{}, err
		}
		for _, row := range l.doc.Refused() {
			return domaincheck.Site{}, row.Err
		}
		if len(l.doc.Sites) != 1 {
			return domaincheck.Site{}, domaincheck.Errorf(domaincheck.CodeBadInput, name, "the facts of one site are wanted, these are of %d", len(l.doc.Sites))
		}
		return l.doc.Sites[0], nil
	}
	if root.kind != mapNode {
		return domaincheck.Site{}, domaincheck.Errorf(domaincheck.CodeBadInput, root.place, "the facts of a site are names and values, not %s", root.what())
	}
	site, _ := l.site(root)
	if err := d.take(); err != nil {
		return domaincheck.Site{}, err
	}
	return site, nil
}
