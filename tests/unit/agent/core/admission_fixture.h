// A till that hands in one event at a shop in Berlin, and what it is told.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

#include "agent/core/admission.h"

namespace storeward::admission_test {

inline const TimeZone& berlin() {
  static const TimeZone zone = TimeZone::named("Europe/Berlin").value();
  return zone;
}

inline AdmissionOptions options() {
  AdmissionOptions made;
  made.tenant = "acme";
  made.site = "store-0042";
  made.agent = "main";
  made.time_zone = &berlin();
  return made;
}

inline const Submitter till{"till-3", {"till-4"}};

inline std::string event_of(std::string_view type, std::string_view data,
                            std::string_view more = "") {
  return R"({"specversion":"1.0","id":"n1","source":"till-3",)" + std::string(more) +
         R"("type":")" + std::string(type) + R"(","data":)" + std::string(data) + "}";
}

inline std::string sale(std::string_view more_data = "", std::string_view more = "") {
  return event_of("retail.sale.completed.v1",
                  R"({"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00","currency":"EUR",)"
                  R"("lines":[{"lineNo":1,"kind":"sale","sku":"4006381333931",)"
                  R"("quantity":{"value":"2","unit":"H87"},)"
                  R"("extended":{"amountMinor":1523,"currency":"EUR"}}],)" +
                      std::string(more_data) +
                      R"("totals":{"gross":{"amountMinor":1523,"currency":"EUR"}}})",
                  more);
}

inline AdmittedItem only(std::string_view body, Framing framing = Framing::single) {
  auto items = admit(body, framing, till, options());
  INFO((items ? "" : items.error().reason));
  REQUIRE(items);
  REQUIRE(items->size() == 1);
  return std::move(items->front());
}

inline Event event(std::string_view body) {
  AdmittedItem item = only(body);
  INFO((std::holds_alternative<Rejected>(item) ? std::get<Rejected>(item).reason : ""));
  REQUIRE(std::holds_alternative<Event>(item));
  return std::get<Event>(item);
}

inline Rejected rejected(std::string_view body, Framing framing = Framing::single) {
  AdmittedItem item = only(body, framing);
  REQUIRE(std::holds_alternative<Rejected>(item));
  return std::get<Rejected>(item);
}

inline Refusal refused(std::string_view body, Framing framing = Framing::single) {
  auto items = admit(body, framing, till, options());
  REQUIRE_FALSE(items);
  return items.error();
}

}  // namespace storeward::admission_test
