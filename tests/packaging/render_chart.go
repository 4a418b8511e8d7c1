// Renders a Helm chart with Go's own templates and sprig's functions, as Helm does, where Helm itself is not
// packaged: `render_chart CHART` prints all objects with the chart's default values. What of Helm's own functions the
// chart uses is here: include, toYaml, toJson.
package main

import (
	"encoding/json"
	"fmt"
	"io/ioutil"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v2"
)

// plain makes maps with string keys of what the YAML parser gives, as JSON needs them.
func plain(value interface{}) interface{} {
	switch given := value.(type) {
	case map[interface{}]interface{}:
		made := map[string]interface{}{}
		for key, inner := range given {
			made[fmt.Sprint(key)] = plain(inner)
		}
		return made
	case []interface{}:
		for i := range given {
			given[i] = plain(given[i])
		}
	}
	return value
}

func read(path string) map[string]interface{} {
	text, err := ioutil.ReadFile(path)
	must(err)
	var value map[interface{}]interface{}
	must(yaml.Unmarshal(text, &value))
	return plain(value).(map[string]interface{})
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	folder := os.Args[1]
	chart := read(filepath.Join(folder, "Chart.yaml"))
	all := template.New("chart").Option("missingkey=error")
	functions := sprig.TxtFuncMap()
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["toJson"] = func(value interface{}) (string, error) {
		text, err := json.Marshal(value)
		return string(text), err
	}
	all.Funcs(functions)
	base := chart["name"].(string) + "/templates"
	paths, err := filepath.Glob(filepath.Join(folder, "templates", "*.yaml"))
	must(err)
	for _, path := range paths {
		text, err := ioutil.ReadFile(path)
		must(err)
		template.Must(all.New(base + "/" + filepath.Base(path)).Parse(string(text)))
	}
	data := map[string]interface{}{
		"Values":   read(filepath.Join(folder, "values.yaml")),
		"Chart":    map[string]interface{}{"AppVersion": chart["appVersion"], "Name": chart["name"]},
		"Release":  map[string]interface{}{"Name": "test"},
		"Template": map[string]interface{}{"BasePath": base},
	}
	for _, path := range paths {
		fmt.Println("---")
		must(all.ExecuteTemplate(os.Stdout, base+"/"+filepath.Base(path), data))
	}
}
