#include "drivers/sql/odbc_database.h"

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <array>

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

void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      byte(0xE0 | point >> 12);
    } else {
      byte(0xF0 | point >> 18);
      byte(0x80 | (point >> 12 & 0x3F));
    }
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
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
      append_utf8(out, unit >= 0xDC00 && unit < 0xE000 ? 0xFFFD : unit);
    }
  }
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
      if (all.state.empty()) all.state = reinterpret_cast<const char*>(state.data());
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
  return {.message = explain_state(said.state, said.message, timeout),
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
    if (const SQLRETURN done = SQLExecDirect(statement.get(), chars(text), SQL_NTS);
        !good(done) && done != SQL_NO_DATA) {
      return Unexpected{explain(statement.said(), timeout_)};
    }
    Rows found;
    SQLSMALLINT count = 0;
    SQLNumResultCols(statement.get(), &count);
    for (SQLSMALLINT i = 1; i <= count; ++i) {
      std::array<SQLCHAR, 256> name{};
      SQLDescribeCol(statement.get(), static_cast<SQLUSMALLINT>(i), name.data(), name.size(),
                     nullptr, nullptr, nullptr, nullptr, nullptr);
      found.columns.emplace_back(reinterpret_cast<const char*>(name.data()));
    }
    while (count > 0 && found.rows.size() < most) {
      const SQLRETURN fetched = SQLFetch(statement.get());
      if (fetched == SQL_NO_DATA) break;
      if (!good(fetched)) return Unexpected{explain(statement.said(), timeout_)};
      Row& row = found.rows.emplace_back();
      for (SQLSMALLINT i = 1; i <= count; ++i) {
        auto got = value(statement, static_cast<SQLUSMALLINT>(i));
        if (!got) return Unexpected{got.error()};
        row.push_back(std::move(*got));
      }
    }
    return found;
  }

 private:
  // As UTF-16, whatever the locale makes of bytes.
  Answer<std::optional<std::string>> value(const OdbcHandle& statement, SQLUSMALLINT column) const {
    std::string text;
    std::uint32_t high = 0;
    for (;;) {
      std::array<SQLWCHAR, chunk_units> units{};
      SQLLEN bytes = 0;
      const SQLRETURN got = SQLGetData(statement.get(), column, SQL_C_WCHAR, units.data(),
                                       units.size() * sizeof(SQLWCHAR), &bytes);
      if (got == SQL_NO_DATA) return std::optional(std::move(text));
      if (!good(got)) return Unexpected{explain(statement.said(), timeout_)};
      if (bytes == SQL_NULL_DATA) return std::optional<std::string>();
      const std::size_t most = units.size() - 1;
      const bool cut =
          bytes == SQL_NO_TOTAL || static_cast<std::size_t>(bytes) / sizeof(SQLWCHAR) > most;
      append_utf16(text, units.data(),
                   cut ? most : static_cast<std::size_t>(bytes) / sizeof(SQLWCHAR), high);
      if (!cut || text.size() > longest_value) return std::optional(std::move(text));
    }
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
  return text + "}";
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
