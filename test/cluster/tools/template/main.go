// Renders templates as the Vault Secrets Operator does: text/template with the hermetic functions of sprig, values
// under .Secrets. Reads {"name": {"text": ..., "secrets": {...}}} and prints {"name": {"text": ...}} or, for a template
// that fails, {"name": {"error": ...}}.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type question struct {
	Text    string         `json:"text"`
	Secrets map[string]any `json:"secrets"`
}

type answer struct {
	Text  string `json:"text,omitempty"`
	Error string `json:"error,omitempty"`
}

func render(name string, q question) answer {
	parsed, err := template.New(name).Funcs(sprig.HermeticTxtFuncMap()).Parse(q.Text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var text bytes.Buffer
	if err := parsed.Execute(&text, map[string]any{"Secrets": q.Secrets}); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: text.String()}
}

func main() {
	var questions map[string]question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	answers := make(map[string]answer, len(questions))
	for name, q := range questions {
		answers[name] = render(name, q)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
