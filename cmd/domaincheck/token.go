package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"domaincheck"
	"domaincheck/config"
	"domaincheck/present"
)

// tokenFlags are the flags of token create and token hash.
type tokenFlags struct {
	name, role string
	tags       []string
}

func (p *program) tokenCommand() *cobra.Command {
	var c tokenFlags
	found := map[string]string{"settings": "found", "formats": "text|json"}
	bind := func(cmd *cobra.Command) *cobra.Command {
		f := cmd.Flags()
		f.StringVar(&c.name, "name", "", "who uses it: `NAME`")
		f.StringVar(&c.role, "role", "read", "read (look), operate (check, silence, acknowledge) or admin (change the inventory)")
		f.StringArrayVar(&c.tags, "tag", nil, "only sites with this `TAG` (repeatable)")
		return cmd
	}
	cmd := bind(&cobra.Command{
		Use:   "token",
		Short: "API tokens (接口令牌)",
		Long: `Makes tokens for the API and the dashboard. The settings keep only the hash of a token; the token
itself is printed once and stored nowhere. Whoever holds it presents it as
"Authorization: Bearer TOKEN". "token --name NAME" is the same as "token create NAME".`,
		Args:        cobra.NoArgs,
		Annotations: found,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.name != "" || cmd.Flags().Changed("name") {
				return p.tokenCreate(&c)
			}
			return cmd.Help()
		},
	})
	cmd.AddCommand(bind(&cobra.Command{
		Use: "create [NAME]", Short: "Make a new token (新建)", Args: cobra.MaximumNArgs(1), Annotations: found,
		RunE: func(_ *cobra.Command, args []string) error {
			c.name = firstOf(c.name, args)
			return p.tokenCreate(&c)
		},
	}), bind(&cobra.Command{
		Use: "hash [NAME]", Short: "Hash a token of your own, read from stdin (计算摘要)", Args: cobra.MaximumNArgs(1), Annotations: found,
		RunE: func(_ *cobra.Command, args []string) error {
			c.name = firstOf(c.name, args)
			return p.tokenHash(&c)
		},
	}), &cobra.Command{
		Use: "list", Short: "Tokens of the settings (列出)", Args: cobra.NoArgs, Annotations: found,
		RunE: func(*cobra.Command, []string) error { return p.tokenList() },
	})
	return cmd
}

func firstOf(flag string, args []string) string {
	if flag == "" && len(args) > 0 {
		return args[0]
	}
	return flag
}

// madeToken is what token create and token hash print in JSON.
type madeToken struct {
	Name     string              `json:"name"`
	Role     string              `json:"role"`
	Scope    map[string][]string `json:"scope"`
	Token    domaincheck.Text    `json:"token"` // null where the user knows it
	Hash     string              `json:"hash"`
	Settings string              `json:"settings"` // the entry under auth.tokens
}

func (p *program) tokenCreate(c *tokenFlags) error {
	if strings.TrimSpace(c.name) == "" {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "", "the token needs a name").WithHint("name it after who uses it: token create grafana --role read")
	}
	for _, t := range p.global.settings.Auth.Tokens {
		if t.Name == c.name {
			return badFlag("name", c.name, "free: the settings have a token of this name")
		}
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return cannot(err)
	}
	return p.tokenMade(c, "dc_"+base64.RawURLEncoding.EncodeToString(secret), true)
}

func (p *program) tokenHash(c *tokenFlags) error {
	line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return domaincheck.Errorf(domaincheck.CodeUnreadable, "stdin", "cannot be read: %w", err)
	}
	token := strings.TrimSpace(line)
	const enough = 24 // a plain hash protects only what cannot be guessed
	if len(token) < enough {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "stdin", "a token has at least %d characters", enough).
			WithHint("pipe a long random one in, or let token create make it")
	}
	if c.name == "" {
		c.name = "NAME"
	}
	return p.tokenMade(c, token, false)
}

func (p *program) tokenMade(c *tokenFlags, token string, show bool) error {
	switch c.role {
	case "read", "operate", "admin":
	default:
		return badFlag("role", c.role, "read, operate or admin")
	}
	if slices.ContainsFunc(c.tags, func(tag string) bool { return strings.TrimSpace(tag) == "" }) {
		return domaincheck.Errorf(domaincheck.CodeBadInput, "--tag", "a tag is not empty").WithHint("leave --tag out for a token that sees every site")
	}
	made := madeToken{Name: c.name, Role: c.role, Scope: map[string][]string{"tags": orEmpty(c.tags)}, Hash: config.HashToken(token)}
	scope := ""
	if len(c.tags) > 0 {
		quoted := make([]string, len(c.tags))
		for i, tag := range c.tags {
			quoted[i] = strconv.Quote(tag)
		}
		scope = ", scope: {tags: [" + strings.Join(quoted, ", ") + "]}"
	}
	made.Settings = fmt.Sprintf("- {name: %s, hash: %q, role: %s%s}", strconv.Quote(c.name), made.Hash, c.role, scope)
	if show {
		made.Token = domaincheck.Text(token)
	}
	if p.global.format == "json" {
		return p.printJSON(made)
	}
	if show {
		fmt.Fprintf(p.out, p.say("令牌（只显示这一次）：%s\n\n", "token (shown this once): %s\n\n"), token)
	}
	fmt.Fprintf(p.out, "auth:\n  tokens:\n    %s\n", made.Settings)
	p.note("\n" + p.say("把上面一条加入设置，重载后生效；请求带上 Authorization: Bearer 令牌", "add this entry to the settings and reload; requests carry Authorization: Bearer TOKEN"))
	return nil
}

func (p *program) tokenList() error {
	tokens := p.global.settings.Auth.Tokens
	if p.global.format == "json" {
		list := []map[string]any{}
		for _, t := range tokens {
			list = append(list, map[string]any{"name": t.Name, "role": t.Role, "scope": map[string]any{"tags": orEmpty(t.Scope.Tags)}})
		}
		return p.printJSON(list)
	}
	if len(tokens) == 0 {
		fmt.Fprintln(p.out, p.say("设置里没有令牌：接口只能在本机使用", "the settings have no token: the API is for this machine alone"))
		return nil
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	for _, t := range tokens {
		scope := p.say("全部网站", "all sites")
		if len(t.Scope.Tags) > 0 {
			scope = strings.Join(t.Scope.Tags, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", present.Clean(t.Name), t.Role, present.Clean(scope))
	}
	return w.Flush()
}
