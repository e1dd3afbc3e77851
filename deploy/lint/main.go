// Command lint reads what is deployed as its reader would, and strictly: a field
// nobody knows, a wrong type, a reference to nothing is an error. It is a module
// of its own, so that the product needs none of what it needs; deploy/check.sh
// runs it.
//
//	lint compose compose.yaml
//	helm template … | lint kubernetes
//	lint bill SCHEMAS bill.cdx.json …
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/v2/cli"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	kyaml "k8s.io/apimachinery/pkg/util/yaml"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
)

func main() {
	if err := run(os.Args[1:], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader) error {
	switch {
	case len(args) == 2 && args[0] == "compose":
		return compose(context.Background(), args[1])
	case len(args) == 1 && args[0] == "kubernetes":
		return kubernetes(in)
	case len(args) > 2 && args[0] == "bill":
		return bills(args[1], args[2:])
	}
	return errors.New("usage: lint compose FILE | lint kubernetes < MANIFESTS | lint bill SCHEMAS FILE…")
}

// compose loads a project whole: schema, types, anchors, and that every network,
// volume, secret and service that is named exists.
func compose(ctx context.Context, file string) error {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithWorkingDirectory(filepath.Dir(file)), cli.WithResolvedPaths(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(ctx)
	if err != nil {
		return err
	}
	for _, s := range project.Services {
		for _, v := range s.Volumes { // a file that is not there would become a folder
			if v.Type != "bind" {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				return fmt.Errorf("service %s: %w", s.Name, err)
			}
		}
	}
	fmt.Printf("compose: %d services, %d networks, %d secrets\n", len(project.Services), len(project.Networks), len(project.Secrets))
	return nil
}

// kubernetes decodes each manifest into its type, refusing fields that the type
// does not have. Kinds that are no part of Kubernetes (ServiceMonitor) are only
// counted: their types come with an operator.
func kubernetes(in io.Reader) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{apps.AddToScheme, core.AddToScheme, networking.AddToScheme, policy.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	strict := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	known, foreign := 0, 0
	var problems []error
	for docs := kyaml.NewYAMLReader(bufio.NewReader(in)); ; {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if len(bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(doc), []byte("---")))) == 0 {
			continue
		}
		plain, err := kyaml.ToJSON(doc)
		if err != nil {
			return err
		}
		kind, err := json.DefaultMetaFactory.Interpret(plain)
		if err != nil {
			return err
		}
		if kind.Group == "monitoring.coreos.com" {
			foreign++
			continue
		}
		if _, _, err := strict.Decode(doc, nil, nil); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", kind.Kind, err))
			continue
		}
		known++
	}
	if known == 0 && len(problems) == 0 {
		return errors.New("no manifest at all")
	}
	fmt.Printf("kubernetes: %d manifests, %d of other groups\n", known, foreign)
	return errors.Join(problems...)
}
