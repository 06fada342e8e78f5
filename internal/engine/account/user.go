package account

import "github.com/newsdesk-api/newsdesk/internal/engine/timestamp"

// User contains the properties of the schema User that accounts need. The schema may have more.
type User struct {
	ID          string         `json:"id"`
	Email       string         `json:"email"`
	Roles       *[]string      `json:"roles,omitempty"`    // nil: those of a new account
	Disabled    *bool          `json:"disabled,omitempty"` // nil: false
	DateCreated timestamp.Time `json:"date_created"`
}

// Patch is an administrator's change of an account.
type Patch struct {
	Roles    *[]string `json:"roles,omitempty"`
	Disabled *bool     `json:"disabled,omitempty"`
}

// Session is an open session, as the schema Session describes it.
type Session struct {
	ID          string         `json:"id"`
	DateCreated timestamp.Time `json:"date_created"`
	LastUsed    timestamp.Time `json:"last_used"`
	Client      string         `json:"client"`  // the User-Agent of the sign-in
	Current     bool           `json:"current"` // whether it is the session of the request
}

// Action is the type of an audit event: a value of the schema AuditAction.
type Action string

// The actions.
const (
	Signup          Action = "signup"
	Signin          Action = "signin"
	SigninFailed    Action = "signin_failed"
	Signout         Action = "signout"
	SessionEnded    Action = "session_ended"
	SessionsEnded   Action = "sessions_ended"
	RefreshReused   Action = "refresh_reused"
	PasswordChanged Action = "password_changed"
	RolesChanged    Action = "roles_changed"
	UserDisabled    Action = "user_disabled"
	UserEnabled     Action = "user_enabled"
	UserDeleted     Action = "user_deleted"
	KeyRotated      Action = "key_rotated"
)
