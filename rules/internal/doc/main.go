// Command doc writes docs/rules.md: the rule book by rule, the checklist of
// orders, the provinces, and the ledger of every line of the seed texts.
//
//	go generate ./rules
//	go run ./rules/internal/doc -seeds DIR   # also takes the inventory of the texts anew
//
// Run it in the module's folder or in rules/.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"domaincheck/rules"
)

func main() {
	seeds := flag.String("seeds", "", "folder with the texts, to take their inventory anew")
	flag.Parse()
	if err := run(*seeds); err != nil {
		fmt.Fprintln(os.Stderr, "doc:", err)
		os.Exit(1)
	}
}

func run(seeds string) error {
	root := "."
	if _, err := os.Stat("ledger"); err == nil {
		root = ".."
	}
	dir := filepath.Join(root, "rules")
	if seeds != "" {
		if err := takeInventory(seeds, filepath.Join(dir, "ledger", "inventory.txt")); err != nil {
			return err
		}
	}
	book, err := rules.Default()
	if err != nil {
		return err
	}
	orders, err := rules.DefaultOrders()
	if err != nil {
		return err
	}
	ledger, err := rules.LoadLedger(os.DirFS(dir))
	if err != nil {
		return err
	}
	accounts := ledger.Accounts(book, orders)
	for _, line := range ledger.Unaccounted(accounts) {
		fmt.Fprintln(os.Stderr, "nobody accounts for", line)
	}
	for _, id := range ledger.DeadIDs(book, orders) {
		fmt.Fprintln(os.Stderr, "there is no", id)
	}
	var out bytes.Buffer
	rules.WriteDoc(&out, book, orders, ledger)
	return os.WriteFile(filepath.Join(root, "docs", "rules.md"), out.Bytes(), 0o644)
}

func takeInventory(seeds, to string) error {
	var out bytes.Buffer
	for _, seed := range rules.Seeds() {
		found, err := filepath.Glob(filepath.Join(seeds, seed+"_*.txt"))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("%s holds %d texts %s", seeds, len(found), seed)
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			return err
		}
		out.Write(rules.InventoryOf(seed, text))
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}
