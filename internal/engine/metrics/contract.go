package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	declared     = gauge("contract_responses_declared", "Statuses that the contract declares, over all operations.")
	sent         = gauge("contract_responses_sent", "Declared statuses that were sent at least once since the start, over all operations.")
	responseSent = gauge("contract_response_sent",
		"Whether an operation has sent a status that the contract declares since the start: 1 or 0.", "operation", "status")
)

// sent notes the first response of an operation with that status. A range such as 4XX, or default, is sent by any status that the
// operation does not declare by itself.
func (m *Metrics) sent(operation string, status int) {
	for _, key := range []string{strconv.Itoa(status), strconv.Itoa(status/100) + "XX", "default"} {
		if seen := m.seen[operation][key]; seen != nil {
			seen.Store(true)
			return
		}
	}
}

// collectContract sends which of the declared responses were sent.
func (m *Metrics) collectContract(out chan<- prometheus.Metric) {
	all, some := 0, 0
	for operation, statuses := range m.seen {
		for status, seen := range statuses {
			all++
			value := 0.0
			if seen.Load() {
				some++
				value = 1
			}
			out <- responseSent.value(value, operation, status)
		}
	}
	out <- declared.value(float64(all))
	out <- sent.value(float64(some))
}
