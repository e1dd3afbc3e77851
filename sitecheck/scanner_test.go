package sitecheck

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/net/html"
)

// tokens writes down the tokens of a page as the scanner gives them.
func scanTokens(r io.Reader, foreign bool) []string {
	z := new(scanner)
	z.reset(r, func() bool { return foreign })
	var out []string
	for {
		kind := z.next()
		raw := string(z.token())
		var b strings.Builder
		switch kind {
		case tokenEnd:
			return out
		case tokenText:
			b.WriteString("text " + raw + "\x01" + string(z.text()))
		case tokenComment:
			b.WriteString("comment " + raw)
		case tokenDoctype:
			b.WriteString("doctype " + raw)
		case tokenEndTag:
			b.WriteString("end " + raw + "\x01" + folded(z.part(z.name)))
		case tokenStart, tokenSelfClosing:
			b.WriteString(map[tokenKind]string{tokenStart: "start ", tokenSelfClosing: "self-closing "}[kind] + raw + "\x01" + folded(z.part(z.name)))
			seen := map[string]bool{}
			for a := range attrsOf(z.token(), int(z.name.to)) {
				key := strings.ReplaceAll(folded(z.part(a.key)), "\x00", "\uFFFD")
				if seen[folded(z.part(a.key))] {
					continue
				}
				seen[folded(z.part(a.key))] = true
				if bit := attrSet(1) << a.name; a.name != attrOther && (z.have&bit == 0 || z.spans[a.name] != a.value) {
					b.WriteString("\x01not noted: ")
				}
				value := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(string(z.part(a.value)))
				if strings.Contains(value, "&") {
					value = "?"
				}
				b.WriteString("\x01" + key + "=" + value)
			}
		}
		out = append(out, b.String())
	}
}

// folded is a name in lower case, as HTML folds it.
func folded(b []byte) string {
	b = bytes.Clone(b)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// peerTokens writes them down as golang.org/x/net/html gives them. References
// in attributes are left out: the page decodes those by rules of its own.
func peerTokens(r io.Reader, foreign bool) []string {
	z := html.NewTokenizer(r)
	z.AllowCDATA(foreign)
	var out []string
	for {
		kind := z.Next()
		raw := string(z.Raw())
		var b strings.Builder
		switch kind {
		case html.ErrorToken:
			return out
		case html.TextToken:
			b.WriteString("text " + raw + "\x01" + string(z.Text()))
		case html.CommentToken:
			b.WriteString("comment " + raw)
		case html.DoctypeToken:
			b.WriteString("doctype " + raw)
		default:
			name, more := z.TagName()
			b.WriteString(map[html.TokenType]string{html.EndTagToken: "end ", html.StartTagToken: "start ", html.SelfClosingTagToken: "self-closing "}[kind])
			b.WriteString(raw + "\x01" + strings.ReplaceAll(string(name), "\uFFFD", "\x00"))
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if bytes.IndexByte([]byte(raw), '&') >= 0 {
					b.WriteString("\x01" + string(key) + "=?")
				} else {
					b.WriteString("\x01" + string(key) + "=" + string(value))
				}
			}
		}
		out = append(out, b.String())
	}
}

// FuzzScanner holds, for any bytes, cut anywhere: the scanner's tokens are those
// of golang.org/x/net/html: kind, extent, text, names, attributes.
func FuzzScanner(f *testing.F) {
	f.Add([]byte("<p class=a>x</p><script><!--<script></script>--></script>"), false)
	f.Fuzz(func(t *testing.T, page []byte, foreign bool) {
		compareTokens(t, page, foreign)
		// Once more without references, so that attributes compare in full.
		compareTokens(t, bytes.ReplaceAll(page, []byte{'&'}, []byte{'+'}), foreign)
	})
}

func compareTokens(t *testing.T, page []byte, foreign bool) {
	t.Helper()
	want := peerTokens(bytes.NewReader(page), foreign)
	for _, r := range []io.Reader{bytes.NewReader(page), iotest.OneByteReader(bytes.NewReader(page))} {
		got := scanTokens(r, foreign)
		for i := range max(len(got), len(want)) {
			a, b := at(got, i), at(want, i)
			if strings.Contains(a, "&") || strings.Contains(b, "&") {
				a, b, _ = sameButReferences(a, b)
			}
			if a != b {
				t.Fatalf("token %d of %q:\nours %q\npeer %q", i, page, a, b)
			}
		}
	}
}

// sameButReferences cuts off the attributes of tags with references.
func sameButReferences(a, b string) (string, string, bool) {
	if strings.HasPrefix(a, "text") || strings.HasPrefix(b, "text") {
		return a, b, false
	}
	a, _, _ = strings.Cut(a, "\x01")
	b, _, _ = strings.Cut(b, "\x01")
	return a, b, true
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(none)"
}

// tokenPieces are what pages are made of, and what breaks readers of them.
func tokenPieces() []string {
	return []string{
		"a", "京", " ", "\n", "\r\n", "\r", "\x00", "<", ">", "/", "=", "\"", "'", "&", ";", "-", "--", "!", "?", "<!", "<!--", "-->", "--!>", "<!-->", "<!--->",
		"<!DOCTYPE html>", "<!doctype", "<![CDATA[", "]]>", "<?xml?>", "</", "</>", "</3>", "<p>", "</p>", "<br/>", "<br />", "<a href=x/>", "<a b=c b=/>",
		"<a href='y' title=\"z\" k>", "<a =x>", "<a / =x>", "<a x = y>", "<A HREF=Z>", "<script>", "</script>", "<SCRIPT", "</scr", "</script ", "<style>", "</style>",
		"<title>", "</title>", "<textarea>", "</textarea>", "<xmp>", "</xmp>", "<plaintext>", "<iframe>", "</iframe>", "<noscript>", "</noscript>",
		"&copy;", "&copy", "&nbsp;", "&#22791;", "&#x5907;", "&#x80;", "&#0;", "&#xD800;", "&#99999999;", "&notit;", "&am", "&#", "&#x", "&#xA0", "&lt",
	}
}

// TestScannerLikePeer puts all pairs and triples of the pieces together.
func TestScannerLikePeer(t *testing.T) {
	t.Parallel()
	pieces := tokenPieces()
	for _, a := range pieces {
		for _, b := range pieces {
			compareTokens(t, []byte(a+b), false)
			compareTokens(t, []byte("<script>"+a+b), true)
			compareTokens(t, []byte("<script><!--"+a+b+"</script>x"), true)
			for _, c := range pieces[7:] {
				if (len(a)+3*len(b)+5*len(c))%19 != 0 {
					continue // one in 19 will do
				}
				want := peerTokens(strings.NewReader(a+b+c), true)
				got := scanTokens(strings.NewReader(a+b+c), true)
				if strings.Contains(a+b+c, "&") {
					continue
				}
				if strings.Join(got, "\x02") != strings.Join(want, "\x02") {
					t.Fatalf("%q:\nours %q\npeer %q", a+b+c, got, want)
				}
			}
		}
	}
}

// TestScannerLargeTokens goes over the memory the scanner begins with.
func TestScannerLargeTokens(t *testing.T) {
	t.Parallel()
	for _, n := range []int{scanBuffer - 3, scanBuffer - 1, scanBuffer, scanBuffer + 1, 3 * scanBuffer, 300_000} {
		fill := strings.Repeat("x<", n/2)
		for _, page := range []string{fill + "<p>", "<p>" + fill, "<!--" + fill + "-->y", "<script>" + fill + "</script>y", "<a b='" + fill + "'>y", "<p>a</p>" + fill + "<b>c", "<textarea>" + fill + "&copy;</textarea>z"} {
			compareTokens(t, []byte(page), false)
		}
	}
}

// TestScannerStopsAtLargeToken holds that an endless token takes bounded memory.
func TestScannerStopsAtLargeToken(t *testing.T) {
	t.Parallel()
	z := new(scanner)
	z.reset(io.LimitReader(endless{}, 64<<20), nil)
	for z.next() != tokenEnd {
	}
	if z.failed() != errTokenTooLarge || len(z.buf) > 2*maxToken {
		t.Errorf("%v with %d bytes of memory", z.failed(), len(z.buf))
	}
}

// endless gives an endless text.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestScannerSeedsAreThere(t *testing.T) {
	t.Parallel()
	seeds, err := filepath.Glob("testdata/fuzz/FuzzScanner/*")
	if err != nil || len(seeds) < 10 {
		t.Fatalf("%d seeds, %v", len(seeds), err)
	}
	for _, seed := range seeds {
		if b, err := os.ReadFile(seed); err != nil || !strings.HasPrefix(string(b), "go test fuzz v1\n") {
			t.Errorf("%s is no seed: %v", seed, err)
		}
	}
}
