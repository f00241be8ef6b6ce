// Invoices of a sales log -> the events a till would have handed in. Pure; any thread.
//
//   C...                                 one retail.return.completed, lines positive
//   A...                                 one retail.tender.movement (adjustment)
//   every row has price 0                one retail.stock.adjusted per row, signed
//   all else                             one retail.sale.completed
//
// Every row stays one line. Ids are the invoice number, for stock with "/row" appended (from 1), so
// that a log played twice gives the same events.
#pragma once

#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/base/time_zone.h"
#include "agent/till/retail_log.h"
#include "agent/till/till_event.h"

namespace storeward::till {

// True for codes such as POST or DOT that stand for postage, fees and corrections.
bool is_fee_code(std::string_view stock_code);

// The events of one invoice, all at its time; `due` is left at 0. Fails where money overflows.
Result<std::vector<TillEvent>> events_of(const Invoice& invoice, const TillIdentity& till,
                                         const TimeZone& zone);

}  // namespace storeward::till
