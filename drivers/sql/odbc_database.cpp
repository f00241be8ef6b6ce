#include "drivers/sql/odbc_database.h"

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/base/ascii.h"
#include "agent/core/code_point.h"
#include "drivers/sql/session.h"

namespace storeward::sql {
namespace {

constexpr std::size_t chunk_units = 2048;
constexpr std::size_t longest_value = 1u << 20;  // bytes; behind that a line would be too long

bool good(SQLRETURN code) {
  return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO;
}

SQLCHAR* chars(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

// A pair that a chunk has parted is joined: `high` is kept from call to call.
void append_utf16(std::string& out, const SQLWCHAR* units, std::size_t count, std::uint32_t& high) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t unit = units[i];
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else if (unit >= 0xDC00 && unit < 0xE000 && high != 0) {
      append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      high = 0;
    } else {
      append_utf8(out, unit);  // half a pair is no character
    }
  }
}

// How the values of a column are had. Drivers differ in what text they make of bytes, down to none
// at all.
enum class Form : std::uint8_t {
  text,
  utc_time,
  lower_case,
  bytes,
  bit,
  floating,  // as the driver writes it
  single_real,
  real
};

Form form_of(Dialect dialect, SQLSMALLINT type, std::string_view type_name) {
  switch (type) {
    case SQL_TYPE_TIMESTAMP:
      return is_moment(dialect, type_name) ? Form::utc_time : Form::text;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
      return Form::bytes;
    case SQL_BIT:
      return Form::bit;
    case SQL_GUID:  // psqlodbc has it in capitals, which PostgreSQL has not
      return dialect == Dialect::postgresql ? Form::lower_case : Form::text;
    case SQL_REAL:
      return dialect == Dialect::sql_server ? Form::single_real : Form::floating;
    case SQL_FLOAT:
    case SQL_DOUBLE:
      // The text is made by the driver, with digits that are not the value's: 0.10000000000000001.
      return dialect == Dialect::sql_server ? Form::real : Form::floating;
    default:
      return Form::text;
  }
}

// PostgreSQL's money is written by the server's language, $1,234.50 or 1.234,50 €; and how many of
// its digits stand behind the point depends on that language too.
bool has_no_plain_text(Dialect dialect, std::string_view type_name) {
  return dialect == Dialect::postgresql && type_name == "money";
}

DatabaseError why_no_plain_text(const std::string& column) {
  return {.message =
              "the column \"" + column +
              "\" is of the type money, whose text differs with the server's language: let the "
              "query give " +
              column + "::numeric AS " + column + " in its place"};
}

class OdbcHandle {
 public:
  OdbcHandle(SQLSMALLINT kind, SQLHANDLE parent) : kind_(kind) {
    if (!good(SQLAllocHandle(kind, parent, &handle_))) handle_ = SQL_NULL_HANDLE;
  }
  ~OdbcHandle() {
    if (handle_ == SQL_NULL_HANDLE) return;
    if (kind_ == SQL_HANDLE_DBC) SQLDisconnect(handle_);
    SQLFreeHandle(kind_, handle_);
  }
  OdbcHandle(const OdbcHandle&) = delete;
  OdbcHandle& operator=(const OdbcHandle&) = delete;
  SQLHANDLE get() const { return handle_; }

  struct Said {
    std::string state, message;
    SQLINTEGER number = 0;  // the database's own
  };
  Said said() const {
    Said all;
    for (SQLSMALLINT record = 1; record <= 3; ++record) {
      std::array<SQLCHAR, 6> state{};
      std::array<SQLCHAR, 1024> message{};
      SQLINTEGER native = 0;
      SQLSMALLINT length = 0;
      if (!good(SQLGetDiagRec(kind_, handle_, record, state.data(), &native, message.data(),
                              message.size(), &length))) {
        break;
      }
      if (all.state.empty()) {
        all.state = reinterpret_cast<const char*>(state.data());
        all.number = native;
      }
      all.message += (all.message.empty() ? "" : "; ") +
                     std::string(reinterpret_cast<const char*>(message.data()));
    }
    return all;
  }

 private:
  SQLSMALLINT kind_;
  SQLHANDLE handle_ = SQL_NULL_HANDLE;
};

DatabaseError explain(const OdbcHandle::Said& said, Millis timeout) {
  return {.message = explain_state(said.state, said.message, timeout, said.number),
          .refused = said.state.starts_with("42")};
}

class Odbc final : public Database {
 public:
  explicit Odbc(Millis timeout) : timeout_(timeout), environment_(SQL_HANDLE_ENV, SQL_NULL_HANDLE) {
    SQLSetEnvAttr(environment_.get(), SQL_ATTR_ODBC_VERSION,
                  reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    connection_ = std::make_unique<OdbcHandle>(SQL_HANDLE_DBC, environment_.get());
  }

  Answer<void> connect(const std::string& text) {
    const auto seconds = static_cast<std::uintptr_t>(timeout_.count() / 1000);
    SQLSetConnectAttr(connection_->get(), SQL_ATTR_LOGIN_TIMEOUT,
                      reinterpret_cast<SQLPOINTER>(seconds), 0);
    SQLSMALLINT length = 0;
    if (!good(SQLDriverConnect(connection_->get(), nullptr, chars(text), SQL_NTS, nullptr, 0,
                               &length, SQL_DRIVER_NOPROMPT))) {
      return Unexpected{explain(connection_->said(), timeout_)};
    }
    std::array<SQLCHAR, 128> name{};
    SQLGetInfo(connection_->get(), SQL_DBMS_NAME, name.data(), name.size(), &length);
    dialect_ = dialect_of(reinterpret_cast<const char*>(name.data()));
    return {};
  }

  Dialect dialect() const override { return dialect_; }

  Answer<Rows> ask(const std::string& text, std::size_t most) override {
    OdbcHandle statement(SQL_HANDLE_STMT, connection_->get());
    if (dialect_ == Dialect::sql_server) {  // its sessions know no such limit, only its drivers do
      SQLSetStmtAttr(statement.get(), SQL_ATTR_QUERY_TIMEOUT,
                     reinterpret_cast<SQLPOINTER>(timeout_.count() / 1000), 0);
    }
    if (const SQLRETURN done = SQLExecDirect(statement.get(), chars(text), SQL_NTS);
        !good(done) && done != SQL_NO_DATA) {
      return Unexpected{explain(statement.said(), timeout_)};
    }
    Rows found;
    std::vector<Form> forms;
    SQLSMALLINT count = 0;
    SQLNumResultCols(statement.get(), &count);
    for (SQLSMALLINT i = 1; i <= count; ++i) {
      const auto column = static_cast<SQLUSMALLINT>(i);
      std::array<SQLCHAR, 256> name{}, type_name{};
      SQLSMALLINT type = SQL_UNKNOWN_TYPE;
      SQLDescribeCol(statement.get(), column, name.data(), name.size(), nullptr, &type, nullptr,
                     nullptr, nullptr);
      SQLColAttribute(statement.get(), column, SQL_DESC_TYPE_NAME, type_name.data(),
                      type_name.size(), nullptr, nullptr);
      found.columns.emplace_back(reinterpret_cast<const char*>(name.data()));
      if (has_no_plain_text(dialect_, reinterpret_cast<const char*>(type_name.data()))) {
        return Unexpected{why_no_plain_text(found.columns.back())};
      }
      forms.push_back(form_of(dialect_, type, reinterpret_cast<const char*>(type_name.data())));
    }
    while (count > 0 && found.rows.size() < most) {
      const SQLRETURN fetched = SQLFetch(statement.get());
      if (fetched == SQL_NO_DATA) break;
      if (!good(fetched)) return Unexpected{explain(statement.said(), timeout_)};
      Row& row = found.rows.emplace_back();
      for (std::size_t i = 0; i < forms.size(); ++i) {
        auto got = value(statement, static_cast<SQLUSMALLINT>(i + 1), forms[i]);
        if (!got) return Unexpected{got.error()};
        row.push_back(std::move(*got));
      }
    }
    return found;
  }

 private:
  // Text as UTF-16, whatever the locale makes of bytes.
  Answer<std::optional<Value>> value(const OdbcHandle& statement, SQLUSMALLINT column,
                                     Form form) const {
    if (form == Form::real || form == Form::single_real) return real(statement, column, form);
    const SQLSMALLINT as = form == Form::bytes ? SQL_C_BINARY
                           : form == Form::bit ? SQL_C_BIT
                                               : SQL_C_WCHAR;
    std::string text;
    std::uint32_t high = 0;
    for (bool cut = true; cut && text.size() <= longest_value;) {
      std::array<SQLWCHAR, chunk_units> units{};
      const auto* const bytes = reinterpret_cast<const char*>(units.data());
      SQLLEN length = 0;
      const SQLRETURN got =
          SQLGetData(statement.get(), column, as, units.data(), sizeof units, &length);
      if (got == SQL_NO_DATA) break;
      if (!good(got)) return Unexpected{explain(statement.said(), timeout_)};
      if (length == SQL_NULL_DATA) return std::optional<Value>();
      if (form == Form::bit) return std::optional<Value>(bytes[0] == 0 ? "0" : "1");
      // A chunk of text ends with a zero.
      const std::size_t most = sizeof units - (form == Form::bytes ? 0 : sizeof(SQLWCHAR));
      cut = length == SQL_NO_TOTAL || static_cast<std::size_t>(length) > most;
      const std::size_t size = cut ? most : static_cast<std::size_t>(length);
      if (form == Form::bytes) {
        append_hex(text, {bytes, size});
      } else {
        append_utf16(text, units.data(), size / sizeof(SQLWCHAR), high);
      }
    }
    if (form == Form::utc_time) text += 'Z';
    if (form == Form::lower_case) std::ranges::transform(text, text.begin(), to_lower);
    return std::optional(Value(std::move(text), form == Form::floating));
  }

  // The shortest digits that are this value, and no exponent.
  Answer<std::optional<Value>> real(const OdbcHandle& statement, SQLUSMALLINT column,
                                    Form form) const {
    double number = 0;
    SQLLEN length = 0;
    if (!good(SQLGetData(statement.get(), column, SQL_C_DOUBLE, &number, sizeof number, &length))) {
      return Unexpected{explain(statement.said(), timeout_)};
    }
    if (length == SQL_NULL_DATA) return std::optional<Value>();
    std::array<char, 400> text{};
    char* const end = text.data() + text.size();
    const auto written =
        form == Form::single_real
            ? std::to_chars(text.data(), end, static_cast<float>(number), std::chars_format::fixed)
            : std::to_chars(text.data(), end, number, std::chars_format::fixed);
    return std::optional(Value(std::string(text.data(), written.ptr), true));
  }

  const Millis timeout_;
  OdbcHandle environment_;
  std::unique_ptr<OdbcHandle> connection_;
  Dialect dialect_ = Dialect::other;
};

std::string with_password(const Access& access) {
  if (access.password.empty()) return access.odbc;
  std::string text = access.odbc + (access.odbc.ends_with(';') ? "" : ";") + "PWD={";
  for (const char c : access.password) {
    text += c;
    if (c == '}') text += c;
  }
  return text + "};";  // without the last sign FreeTDS takes the brace for a part of it
}

}  // namespace

Answer<std::unique_ptr<Database>> open_odbc(const Access& access) {
  auto made = std::make_unique<Odbc>(access.timeout);
  if (auto connected = made->connect(with_password(access)); !connected) {
    return Unexpected{connected.error()};
  }
  for (const SessionStatement& statement : session_statements(made->dialect(), access.timeout)) {
    const auto done = made->ask(statement.text, 1);
    if (!done && statement.required) return Unexpected{done.error()};
  }
  return std::unique_ptr<Database>(std::move(made));
}

}  // namespace storeward::sql
