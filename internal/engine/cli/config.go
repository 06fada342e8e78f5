package cli

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// memory is the data directory that keeps everything in memory, including the signing key.
const memory = ":memory:"

// config is the configuration of the server. configHelp describes its flags. An alias is the name of an earlier version.
type config struct {
	name  string // the contract's
	build string // identifies the program and its contract

	ShowVersion versionFlag `name:"version"`

	Config      configFile `placeholder:"FILE"`
	CheckConfig bool

	Listen   string `default:"127.0.0.1:3000" placeholder:"ADDRESS"`
	TLSCert  string `name:"tls-cert" placeholder:"FILE"`
	TLSKey   string `name:"tls-key" placeholder:"FILE"`
	Admin    string `placeholder:"ADDRESS"`
	Data     string `default:"./data" placeholder:"DIRECTORY"`
	Store    string `secret:"" placeholder:"STORE"`
	Key      string `placeholder:"FILE"`
	Issuer   string `placeholder:"NAME"`
	Audience string `default:"${name}" placeholder:"NAME"`
	ClientID string `name:"client-id" default:"${name}" placeholder:"NAME"`

	TokenTTL               time.Duration `name:"token-ttl" default:"15m" placeholder:"TIME"`
	SessionIdle            time.Duration `default:"720h" placeholder:"TIME"`
	SessionMaxAge          time.Duration `aliases:"session-life" default:"4320h" placeholder:"TIME"`
	RevocationMaxStaleness time.Duration `aliases:"revocation-ttl" default:"10s" placeholder:"TIME"`
	DefaultRole            string        `aliases:"new-accounts" placeholder:"ROLE"`
	AuditRetention         time.Duration `aliases:"audit-life" default:"4320h" placeholder:"TIME"`
	AuditMaxEvents         int64         `default:"1000000" placeholder:"NUMBER"`

	CORSOrigin     []string `name:"cors-origin" placeholder:"ORIGIN"`
	TrustedProxies []string `placeholder:"ADDRESS"`
	Host           []string `placeholder:"NAME"`
	PublicURL      string   `name:"public-url" placeholder:"URL"`
	Explorer       string   `enum:"auto,on,off,signed-in" default:"auto" placeholder:"auto|on|off|signed-in"`
	RateLimits     string   `enum:"on,off" default:"on" placeholder:"on|off"`
	Compression    string   `enum:"on,off" default:"on" placeholder:"on|off"`

	CheckResponses      string  `enum:"off,log,fail" default:"off" placeholder:"off|log|fail"`
	ResponseCheckSample float64 `aliases:"check-sample" default:"0.01" placeholder:"SHARE"`

	BackupEvery time.Duration `placeholder:"TIME"`
	BackupDir   string        `placeholder:"DIRECTORY"`
	BackupKeep  int           `default:"24" placeholder:"NUMBER"`

	StoreConnectTimeout time.Duration `aliases:"store-wait" default:"30s" placeholder:"TIME"`
	BcryptCost          int           `default:"12" placeholder:"COST"`
	LogLevel            slog.Level    `default:"info" placeholder:"LEVEL"`
	DrainDelay          time.Duration `default:"0s" placeholder:"TIME"`
	ShutdownTimeout     time.Duration `aliases:"drain" default:"10s" placeholder:"TIME"`
}

// stores describes the name of a store.
const stores = "sqlite:PATH, mongodb://… or mongodb+srv://…; to keep a password off the command line, use the environment variable, " +
	"or the one with the suffix _FILE for a file that contains the value, one line."

// configHelp is the help of config's flags. Where it does not name a default, the flag's default follows.
var configHelp = map[string]string{
	"help":    "Print the help of the program, or of a command.",
	"version": "Print the version.",

	"config": "YAML file with values of flags: lines such as \"token-ttl: 30m\". The command line and environment " +
		"variables override them.",
	"check-config": "Check the configuration, print whether it is valid, and exit. It neither connects to a store nor creates files.",
	"listen": "Address and port to listen on, unix:PATH for a Unix socket with mode 0660, for a proxy on the same machine, " +
		"or systemd for the socket of a systemd.socket unit.",
	"admin": "Address and port such as 127.0.0.1:9090, or unix:PATH, for operators: metrics for Prometheus, profiles, probes, the " +
		"configuration and the log level, without access control. A Unix socket is for the user of the process only. " +
		"It must differ from --listen. Default: none; nothing is measured.",
	"tls-cert": "File with the certificate of the server and its intermediate certificates, in PEM format. With it, the server accepts " +
		"only HTTPS, including HTTP/2. The server reads it again within 10 seconds after it changes. Default: none.",
	"tls-key": "File with the private key of --tls-cert, in PEM format.",
	"data":    "Directory of the database and the key file, created if it does not exist. :memory: keeps all data in memory.",
	"store":   "The store of all documents: " + stores + " Default: ${name}.db in the data directory.",
	"key": "Key file for tokens, in PEM, JWK or JWK Set format. The first key signs tokens, and all keys verify them. " +
		"Supported are Ed25519, P-256, RSA with at least 2048 bits, and shared secrets of at least 32 bytes. " +
		"Default: key.pem in the data directory, created if it does not exist.",
	"issuer":    "The issuer of tokens (iss). Default: the URL of the API if there is a --public-url, and ${name} otherwise.",
	"audience":  "The audience of tokens (aud).",
	"client-id": "The client_id of tokens (RFC 9068), the same for all users.",

	"token-ttl":                "Lifetime of a token. Default: ${default}; LoopBack 4 uses 6h.",
	"session-idle":             "Time without a refresh after which a session ends. Default: ${default}, 30 days.",
	"session-max-age":          "Time after which a session ends in any case. Default: ${default}, 180 days.",
	"revocation-max-staleness": "After the end of a session, the time for which other processes on the store may still accept its token.",
	"default-role":             "Role of new accounts: ${roles}. Default: the one that x-roles in the contract marks as default.",
	"audit-retention":          "Time for which audit events are kept. Default: ${default}, 180 days.",
	"audit-max-events": "Maximum number of audit events, of about 1 kB each. If there are more, the oldest events of the networks with " +
		"the most events are deleted, so one client cannot push out the events of others. A network is an IPv4 address, or the first " +
		"64 bits of an IPv6 address.",

	"cors-origin": "Origins whose pages may call the API and read its responses, such as https://app.example.com, separated by commas. " +
		"https://*.example.com stands for all hosts below example.com. Default: none.",
	"trusted-proxies": "Proxies whose X-Forwarded-For field is trusted: addresses, ranges such as 10.0.0.0/8, or unix for all clients of " +
		"a Unix socket, separated by commas. " +
		"Default: none; X-Forwarded-For is ignored, and the client's address is that of the connection.",
	"host": "Host names that the server accepts, such as api.example.com, separated by commas. Requests for other hosts get 421. " +
		"Default: names and addresses of this machine if --listen is a loopback address and there are no --trusted-proxies; otherwise all.",
	"public-url": "URL at which clients reach the server, such as https://example.com/api, also if a proxy removes /api from paths. " +
		"With the base path of the contract, it becomes the server URL of the contract that is served, and the default of --issuer. " +
		"Default: none; the server URL in the contract is relative.",
	"explorer": "Who can see the contract and the explorer (a web page that documents the API): everybody (on), nobody (off), " +
		"or users who sign in on the explorer's page (signed-in). " +
		"Default: ${default}, which is on if --listen is a loopback address and there are no --trusted-proxies, and off otherwise.",
	"compression": "Whether texts of at least 1 KiB are compressed with gzip for clients that accept it: lists, other " +
		"responses to GET without an ETag, and the contract. Responses that may contain a token, secret or password are never compressed.",
	"rate-limits": "Whether the rate limits of the contract (x-limits) are enforced. Use off for load tests only.",

	"check-responses": "Whether responses are checked against the contract: log checks a sample and logs violations; " +
		"fail checks all and sends 500 instead of an invalid response, for tests.",
	"response-check-sample": "Share of the responses that --check-responses=log checks, from 0 to 1.",

	"backup-every": "Time between two backups of a SQLite store, such as 1h, at least 1m. The first one is made when the newest in " +
		"--backup-dir is that old. Default: no backups.",
	"backup-dir":  "Directory of the backups, created if it does not exist. It should be on another disk.",
	"backup-keep": "How many backups are kept in --backup-dir; older ones are deleted. 0 keeps all.",

	"store-connect-timeout": "How long to try to connect to MongoDB at the start.",
	"bcrypt-cost":           "Cost of password hashes, from 10 to 14. Each step doubles the time.",
	"log-level":             "Minimum level of log entries: debug, info, warn or error.",
	"drain-delay": "How long the server continues to serve after SIGTERM or SIGINT while GET /ready responds with 503, so that load " +
		"balancers stop sending requests first. Use 5s with Kubernetes.",
	"shutdown-timeout": "How long requests in progress may take to finish after SIGTERM or SIGINT and --drain-delay.",
}

// describe completes the flags of config: with their help, and with the environment variables of their aliases. If the variable of an
// alias and that of the flag are both set, that of the flag counts.
func describe(prefix string) kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		for _, flag := range k.Model.Flags {
			flag.Help = configHelp[flag.Name]
			if flag.Help == "" {
				return fmt.Errorf("--%s has no help", flag.Name)
			}
			if flag.HasDefault && !strings.Contains(flag.Help, "Default:") {
				flag.Help += " Default: ${default}."
			}
			for _, alias := range flag.Aliases {
				flag.Tag.Envs = append(flag.Tag.Envs, prefix+"_"+environmentName(alias))
			}
		}
		return nil
	})
}

func environmentName(name string) string { return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) }
