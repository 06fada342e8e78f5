package filter

import (
	"math"
	"strconv"
	"strings"
)

// integer parses a JSON number as an integer: whole reports whether it is an integer, such as 3, 3.0 and 30e-1, and fits reports whether it
// fits in an int64; if it does not, the nearest int64 is returned.
func integer(literal string) (n int64, whole, fits bool) {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return n, true, true
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	mantissa, negative := strings.CutPrefix(mantissa, "-")
	before, after, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(before+after, "0")
	significant := strings.TrimRight(digits, "0")
	if significant == "" {
		return 0, true, true
	}
	// A power too large for Atoi comes back as the nearest int of its sign, which is out of range all the same.
	power, _ := strconv.Atoi(exponent)
	power = min(max(power, -maxPower), maxPower) - len(after) + len(digits) - len(significant)
	if power < 0 {
		return 0, false, false
	}
	if len(significant)+power <= maxDigits {
		literal = significant + strings.Repeat("0", power)
		if negative {
			literal = "-" + literal
		}
		if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
			return n, true, true
		}
	}
	if negative {
		return math.MinInt64, true, false
	}
	return math.MaxInt64, true, false
}

const (
	maxDigits = 19      // of an int64
	maxPower  = 1 << 30 // beyond the length of any text
)

// decimal parses a JSON number as an int64 if it is a whole number that fits, else as a float64. It returns false if neither can hold it.
func decimal(literal string) (any, bool) {
	if n, _, fits := integer(literal); fits {
		return n, true
	}
	f, err := strconv.ParseFloat(literal, 64)
	return f, err == nil
}
