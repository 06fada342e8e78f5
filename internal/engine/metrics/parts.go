package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/newsdesk-api/newsdesk/internal/engine/account"
	"github.com/newsdesk-api/newsdesk/internal/engine/auth"
	"github.com/newsdesk-api/newsdesk/internal/engine/logging"
	"github.com/newsdesk-api/newsdesk/internal/engine/server"
	"github.com/newsdesk-api/newsdesk/internal/engine/store"
	"github.com/newsdesk-api/newsdesk/internal/engine/store/sqlite"
)

// Parts are the parts of a program that are asked at each scrape. Each of them may be nil.
type Parts struct {
	Server   *server.Server
	Backend  store.Backend // its metrics are those of SQLite
	Tokens   *auth.Tokens
	Accounts *account.Accounts // with their passwords
	Log      *logging.Log
}

// Watch adds the metrics of the parts. It must be called once at most.
func (m *Metrics) Watch(p Parts) {
	m.registry.MustRegister(collector(func(out chan<- prometheus.Metric) {
		if p.Server != nil {
			s := p.Server.Stats()
			out <- checked.value(float64(s.CheckedResponses))
			out <- invalid.value(float64(s.InvalidResponses))
		}
		if db, ok := p.Backend.(*sqlite.DB); ok {
			collectSQLite(out, db.Stats())
		}
		if p.Log != nil {
			out <- droppedLines.value(float64(p.Log.Dropped()))
		}
		if p.Tokens != nil {
			remembered, misses := p.Tokens.Stats()
			out <- tokensRemembered.value(float64(remembered))
			out <- tokenMisses.value(float64(misses))
		}
		if p.Accounts != nil {
			collectAccounts(out, p.Accounts.Stats())
			running, waiting := p.Accounts.Passwords.Stats()
			out <- hashesRunning.value(float64(running))
			out <- hashesWaiting.value(float64(waiting))
		}
	}))
}

var (
	checked = counter("contract_checked_responses_total", "Responses that were checked against the contract (--check-responses).")
	invalid = counter("contract_invalid_responses_total", "Checked responses that violated the contract.")

	droppedLines = counter("log_lines_dropped_total", "Lines of the log that were dropped, because its output did not accept them.")

	queuedWrites  = gauge("sqlite_queued_writes", "Writes that wait for the writer.")
	batchSizes    = histogram("sqlite_batch_size", "Writes that share one transaction, and thus one wait for the disk.")
	readers       = gauge("sqlite_readers", "Connections for reads.")
	readersInUse  = gauge("sqlite_readers_in_use", "Connections for reads that are in use.")
	scansRunning  = gauge("sqlite_scans_running", "Lists and counts with a condition of the caller that run.")
	scansWaiting  = gauge("sqlite_scans_waiting", "Lists and counts with a condition of the caller that wait for their turn.")
	databaseBytes = gauge("sqlite_database_bytes", "Size of the database file.")
	logBytes      = gauge("sqlite_log_bytes", "Size of the write-ahead log beside the database file.")

	hashesRunning    = gauge("password_hashes_running", "Password hashes that are being computed.")
	hashesWaiting    = gauge("password_hashes_waiting", "Sign-ins and other requests that wait to compute a password hash.")
	tokensRemembered = gauge("tokens_remembered", "Verified tokens in memory, whose signatures need not be verified again.")
	tokenMisses      = counter("token_verifications_total", "Tokens that were not remembered, so that their signatures were verified.")

	sessions      = gauge("sessions_open", "Sessions that have not ended, at the start or after the last sweep; -1 if unknown.")
	sweeps        = counter("sweeps_total", "Sweeps, which delete expired sessions, attempts and audit events.")
	failedSweeps  = counter("sweeps_failed_total", "Sweeps that failed.")
	lastSweep     = gauge("sweep_last_timestamp_seconds", "End of the last sweep, in seconds since 1970; 0 before the first one.")
	sweepDuration = gauge("sweep_last_duration_seconds", "Duration of the last sweep.")
)

func collectSQLite(out chan<- prometheus.Metric, s sqlite.Stats) {
	out <- queuedWrites.value(float64(s.QueuedWrites))
	out <- readers.value(float64(s.Readers))
	out <- readersInUse.value(float64(s.ReadersInUse))
	out <- scansRunning.value(float64(s.ScansRunning))
	out <- scansWaiting.value(float64(s.ScansWaiting))
	out <- databaseBytes.value(float64(s.DatabaseBytes))
	out <- logBytes.value(float64(s.LogBytes))
	cumulative, total := map[float64]uint64{}, uint64(0)
	for i, n := range s.Batches {
		total += n
		cumulative[float64(sqlite.BatchSizes[i])] = total
	}
	out <- prometheus.MustNewConstHistogram(batchSizes.Desc, total, float64(s.Writes), cumulative)
}

func collectAccounts(out chan<- prometheus.Metric, s account.Stats) {
	out <- sessions.value(float64(s.OpenSessions))
	out <- sweeps.value(float64(s.Sweeps))
	out <- failedSweeps.value(float64(s.FailedSweeps))
	out <- sweepDuration.value(s.LastSweepDuration.Seconds())
	last := 0.0
	if !s.LastSweep.IsZero() {
		last = float64(s.LastSweep.UnixMilli()) / 1000
	}
	out <- lastSweep.value(last)
}
