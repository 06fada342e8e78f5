package layout

// tag stands for every folder that is named after a tag of the contract.
const tag = "internal/<tag>"

// application lists, for each package of the application, which others of this module the package may import. Add a row for each new
// package that is not named after a tag.
var application = map[string][]string{
	".":            {},
	"cmd/newsdesk": {".", "gen/wire", "internal/engine/cli", "web/explorer"},
	"cmd/coverage": {".", "internal/engine/conformance", "internal/engine/spec"},
	"cmd/scaffold": {"internal/engine/generate", "internal/engine/scaffold"},
	"client":       {"gen/client"},
	"gen/api":      {"internal/engine/account", "internal/engine/store", "internal/engine/timestamp"},
	"gen/client":   {},
	"gen/wire":     {"gen/api", "internal/app", "internal/engine", "internal/engine/server", tag},
	"internal/app": {
		"internal/engine", "internal/engine/account", "internal/engine/fault", "internal/engine/identity", "internal/engine/store",
	},
	tag: {
		"gen/api", "internal/app", "internal/engine/account", "internal/engine/fault", "internal/engine/filter", "internal/engine/identity",
		"internal/engine/store", "internal/engine/timestamp",
	},
	"internal/app/apptest": {
		".", "gen/client", "gen/wire", "internal/engine/server", "internal/engine/spec", "internal/engine/store", "internal/engine/testkit",
		"web/explorer",
	},
	"internal/news/loopback": {},
	"internal/layout":        {},
	"web/explorer":           {},
}

// applicationRooms lists the packages of the application that import a library of engineRooms.
var applicationRooms = map[string][]string{
	"github.com/alecthomas/kong": {"cmd/scaffold"},
	"github.com/labstack/echo":   {"gen/api"},
}
