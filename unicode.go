package domaincheck

import "golang.org/x/net/idna"

// Unicode is the U-label form of an A-label name, for people; the name itself
// where it has none.
func Unicode(name string) string {
	u, err := idna.Display.ToUnicode(name)
	if err != nil {
		return name
	}
	return u
}
