//go:build ignore

// Command gen writes the two tables of characters that package holder embeds,
// out of the dictionaries of the libraries in go.mod:
//
//	t2s.txt     traditional → simplified, from the characters' dictionary of
//	            OpenCC as carried by github.com/longbridgeapp/opencc (Apache-2.0)
//	pinyin.bin  character → toneless readings, from the dictionary of
//	            github.com/mozillazg/go-pinyin (MIT)
//
// Run it with go generate ./holder.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mozillazg/go-pinyin"
)

const first, last = 0x3400, 0x9fff

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/longbridgeapp/opencc").Output()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "dictionary", "TSCharacters.txt"))
	if err != nil {
		return err
	}
	var t2s strings.Builder
	n := 0
	for in := bufio.NewScanner(bytes.NewReader(raw)); in.Scan(); {
		from, to, ok := strings.Cut(in.Text(), "\t")
		targets := strings.Fields(to)
		// A character that is also right in simplified writing (乾, 著) stays:
		// it may be the very one that tells two names apart.
		if !ok || len(targets) == 0 || len([]rune(from)) != 1 || slices.Contains(targets, from) || len([]rune(targets[0])) != 1 {
			continue
		}
		t2s.WriteString(from + targets[0])
		n++
	}
	if err := os.WriteFile("t2s.txt", []byte(t2s.String()), 0o644); err != nil {
		return err
	}

	args := pinyin.NewArgs()
	args.Heteronym = true
	sets := map[string]uint16{}
	var order []string
	values := make([]byte, 0, 2*(last-first+1))
	known := 0
	for r := rune(first); r <= last; r++ {
		var list []string
		for _, s := range append(slices.Concat(pinyin.Pinyin(string(r), args)...), surnames(r)...) {
			s = strings.NewReplacer("ü", "v", "ê", "e").Replace(s)
			if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == "" && len(s) > 0 && strings.ContainsAny(s, "aeiouv") && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
		if len(list) == 0 {
			values = binary.LittleEndian.AppendUint16(values, 0)
			continue
		}
		slices.Sort(list)
		key := strings.Join(list, " ")
		if sets[key] == 0 {
			order = append(order, key)
			sets[key] = uint16(len(order))
		}
		values = binary.LittleEndian.AppendUint16(values, sets[key])
		known++
	}
	out := []byte("DCPINYIN1\n" + strings.Join(order, "\n") + "\n\n")
	out = append(out, values...)
	fmt.Printf("%d traditional characters; %d characters with %d sets of readings, %d B\n", n, known, len(order), len(out))
	return os.WriteFile("pinyin.bin", out, 0o644)
}

// surnames are readings that a character has as a surname only, so that a
// dictionary of words may lack them.
func surnames(r rune) []string {
	switch r {
	case '单', '單':
		return []string{"shan"}
	case '仇':
		return []string{"qiu"}
	case '朴':
		return []string{"piao"}
	case '盖', '蓋':
		return []string{"ge"}
	case '覃':
		return []string{"qin"}
	case '解':
		return []string{"xie"}
	case '查':
		return []string{"zha"}
	case '区', '區':
		return []string{"ou"}
	case '缪', '繆':
		return []string{"miao"}
	case '冼', '洗':
		return []string{"xian"}
	case '员', '員':
		return []string{"yun"}
	case '尉':
		return []string{"yu"}
	case '万', '萬':
		return []string{"mo"}
	case '俟':
		return []string{"qi"}
	case '秘':
		return []string{"bi"}
	case '种', '種', '重':
		return []string{"chong"}
	case '繁':
		return []string{"po"}
	case '黑':
		return []string{"he"}
	case '召':
		return []string{"shao"}
	case '折':
		return []string{"she"}
	case '乐', '樂':
		return []string{"yue"}
	case '翟':
		return []string{"zhai", "di"}
	case '那':
		return []string{"na", "nuo"}
	case '宁', '寧':
		return []string{"ning"}
	case '郗':
		return []string{"chi", "xi"}
	case '幸':
		return []string{"xing"}
	case '句':
		return []string{"gou"}
	case '牟':
		return []string{"mu", "mou"}
	case '柏':
		return []string{"bai", "bo"}
	case '葛':
		return []string{"ge"}
	case '曾':
		return []string{"zeng"}
	case '卜':
		return []string{"bu"}
	case '哈':
		return []string{"ha"}
	case '洞':
		return []string{"tong"}
	case '吕', '呂':
		return []string{"lv"}
	}
	return nil
}
