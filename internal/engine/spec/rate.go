package spec

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Rate is a rate limit. It allows Count requests at once, and after that one more each time Per/Count has passed.
type Rate struct {
	Count   int           // 1 to 99,999
	Per     time.Duration // a second, a minute or an hour
	Subject Subject       // requests of the same subject are counted together
}

// Subject is the key by which a Rate or a Concurrency counts requests.
type Subject string

// The subjects. Only operations that require credentials can count by account or token.
const (
	PerAddress Subject = "address" // identity.Client.Network
	PerAccount Subject = "account" // identity.Principal.ID
	PerToken   Subject = "token"   // identity.Principal.TokenID
)

// String returns the rate as text: "30 a minute per address".
func (r Rate) String() string {
	unit := map[time.Duration]string{time.Second: "a second", time.Minute: "a minute", time.Hour: "an hour"}[r.Per]
	return fmt.Sprintf("%d %s per %s", r.Count, unit, r.Subject)
}

var (
	ratePattern = regexp.MustCompile(`^([1-9][0-9]{0,4})/([smh]) per (address|account|token)$`)
	rateUnits   = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}
)

func parseRates(said []string) ([]Rate, error) {
	rates := make([]Rate, 0, len(said))
	for _, text := range said {
		parts := ratePattern.FindStringSubmatch(text)
		if parts == nil {
			return nil, fmt.Errorf("%q is not a rate such as \"30/m per address\": 1 to 99999, s, m or h, and address, account or token",
				text)
		}
		count, err := strconv.Atoi(parts[1])
		if err != nil {
			return nil, err
		}
		rates = append(rates, Rate{Count: count, Per: rateUnits[parts[2]], Subject: Subject(parts[3])})
	}
	return rates, nil
}

// Concurrency is the maximum number of requests of an operation that are in progress at the same time, until their responses are sent.
// Further requests wait for at most half of the deadline.
type Concurrency struct {
	Count   int     // 1 to 999
	Subject Subject // requests of the same subject are counted together
}

// String returns the limit as text: "4 at the same time per account".
func (c Concurrency) String() string {
	return fmt.Sprintf("%d at the same time per %s", c.Count, c.Subject)
}

var concurrentPattern = regexp.MustCompile(`^([1-9][0-9]{0,2}) per (address|account|token)$`)

func parseConcurrent(said []string) ([]Concurrency, error) {
	limits := make([]Concurrency, 0, len(said))
	for _, text := range said {
		parts := concurrentPattern.FindStringSubmatch(text)
		if parts == nil {
			return nil, fmt.Errorf("%q is not a limit such as \"4 per account\": 1 to 999, and address, account or token", text)
		}
		count, err := strconv.Atoi(parts[1])
		if err != nil {
			return nil, err
		}
		limits = append(limits, Concurrency{count, Subject(parts[2])})
	}
	return limits, nil
}

// checkLimits returns an error for a rate or a concurrency that counts an unknown caller.
func (o *Operation) checkLimits() error {
	for _, rate := range o.Limits.Rates {
		if err := o.checkLimit("rate", rate, rate.Subject); err != nil {
			return err
		}
	}
	for _, concurrency := range o.Limits.Concurrent {
		if err := o.checkLimit("concurrent", concurrency, concurrency.Subject); err != nil {
			return err
		}
	}
	return nil
}

func (o *Operation) checkLimit(member string, limit fmt.Stringer, subject Subject) error {
	if subject != PerAddress && o.Anonymous() {
		return fmt.Errorf("%s.%s: %s, but security allows requests without a token; count per address", xLimits, member, limit)
	}
	return nil
}

// texts is a JSON string or a list of strings.
type texts []string

// UnmarshalJSON implements json.Unmarshaler. null is an error: an empty `rate:` must not be ignored.
func (t *texts) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		*t = make([]string, 1)
		return json.Unmarshal(data, &(*t)[0])
	}
	if string(data) == "null" {
		return fmt.Errorf("null is neither a string nor a list; write [] for no limit")
	}
	return json.Unmarshal(data, (*[]string)(t))
}
