package sitecheck

import "bytes"

// holdsNumber tells whether data of a script hold a filing number, as it stands
// or escaped: the settings or the state that a script draws a footer from.
func holdsNumber(b []byte) bool {
	for range maxMentions {
		i := bytes.Index(b, []byte("ICP"))
		if i < 0 {
			return false
		}
		b = b[i+len("ICP"):]
		rest, ok := bytes.CutPrefix(b, []byte("备"))
		if !ok {
			rest, ok = bytes.CutPrefix(b, []byte(`\u5907`))
		}
		if !ok {
			continue
		}
		rest = bytes.TrimLeft(rest, " ")
		digits := len(rest) - len(bytes.TrimLeft(rest, "0123456789"))
		if digits == 8 || digits == 10 {
			return true
		}
	}
	return false
}

// maxMentions bounds how many places of one script are looked at.
const maxMentions = 64
