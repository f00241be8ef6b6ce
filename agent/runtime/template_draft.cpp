#include "agent/runtime/template_draft.h"

#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/core/utf8.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

// Formats that a shipped template reads as they are: what the beginning holds, both of it -> its
// name. The first that fits counts: an order of a web shop holds what its fulfilment, its refund
// and its customer hold as well.
struct Known {
  std::string_view sign, also, extends, kind;
  bool first = false;  // nothing stands before the sign
};
constexpr std::array known = {
    Known{"ISA", "", "x12", "X12", true},
    Known{"UNA", "", "edifact", "EDIFACT", true},
    Known{"UNB", "", "edifact", "EDIFACT", true},
    Known{"<POSLog", "", "poslog", "POSLog XML"},
    Known{":POSLog", "", "poslog", "POSLog XML"},
    Known{"\"epcisBody\"", "", "epcis", "EPCIS 2.0 JSON"},
    Known{"\"eventTime\"", "\"eventTimeZoneOffset\"", "epcis", "EPCIS 2.0 JSON"},
    Known{"\"idHex\"", "", "zebra-fx", "what a Zebra FX reader sends"},
    Known{"\"tagData\"", "", "zebra-rfd", "what a Zebra RFD sled sends"},
    Known{"\"financial_status\"", "", "shopify-order", "a Shopify order"},
    Known{"\"refund_line_items\"", "", "shopify-refund", "a Shopify refund"},
    Known{"\"tracking_company\"", "\"order_id\"", "shopify-fulfillment", "a Shopify fulfilment"},
    Known{"\"inventory_item_id\"", "\"available\"", "shopify-inventory-level",
          "a Shopify inventory level"},
    Known{"\"tender_transactions\"", "", "shopify-tender-transactions",
          "Shopify tender transactions"},
    Known{"\"remote_reference\"", "\"payment_method\"", "shopify-tender-transaction",
          "a Shopify tender transaction"},
    Known{"\"payout_id\"", "\"source_order_id\"", "shopify-payout-transactions",
          "Shopify Payments transactions"},
    Known{"\"tax_exempt\"", "_marketing", "shopify-customer", "a Shopify customer"},
    Known{"\"variants\"", "\"title\"", "shopify-product", "a Shopify product"},
    Known{"\"tracked\"", "\"sku\"", "shopify-product", "a Shopify inventory item"},
    Known{"Psp Reference", "", "adyen-settlement", "Adyen settlement CSV"},
    Known{"balance_transaction_id", "reporting_category", "stripe-settlement",
          "a Stripe payout or balance report"},
    Known{"PayPal Reference ID", "Transaction Event Code", "paypal-settlement",
          "a PayPal settlement report"},
    Known{"amazon-order-id", "purchase-date", "amazon-orders", "an Amazon order report"},
    Known{"order-item-id", "purchase-date", "amazon-orders", "an Amazon order report"},
    Known{"InvoiceNo", "StockCode", "online-retail", "an export of receipts by invoice and item"}};

const Known* known_beginning(std::string_view text) {
  const std::string_view beginning = text.substr(0, 4096);
  const auto* const found = std::ranges::find_if(known, [beginning](const Known& format) {
    if (format.first) return beginning.starts_with(format.sign);
    return beginning.find(format.sign) != std::string_view::npos &&
           beginning.find(format.also) != std::string_view::npos;
  });
  return found == known.end() ? nullptr : found;
}

// A zip or tar says the names of its files in the clear.
bool is_dsfinvk_archive(std::string_view sample) {
  const bool archive =
      sample.starts_with("PK\3\4") || (sample.size() > 262 && sample.substr(257, 5) == "ustar");
  return archive && sample.find("transactions.csv") != std::string_view::npos &&
         sample.find("lines.csv") != std::string_view::npos;
}

// Each of its files has them in front, to be joined by.
bool is_file_of_dsfinvk(std::string_view text) {
  const std::string_view header = text.substr(0, text.find('\n'));
  return header.find("Z_KASSE_ID") != std::string_view::npos &&
         header.find("Z_NR") != std::string_view::npos;
}

TemplateDraft extension(std::string_view name, const Known& format) {
  std::string text = "# This is ";
  text.append(format.kind).append(": the shipped template reads it. Write only what differs.\n\n");
  text.append("[template]\nname = \"").append(name);
  text.append("\"\nextends = \"").append(format.extends).append("\"\nversion = \"1\"\n");
  return {std::move(text), {}, {}};
}

}  // namespace

Result<TemplateDraft> draft_template(std::string_view name, std::string_view sample, bool whole) {
  std::string_view text = sample;
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const std::size_t begin = text.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return fail("the sample is empty");
  text.remove_prefix(begin);
  static constexpr Known dsfinvk{"", "", "dsfinvk", "a DSFinV-K export"};
  const Known* const format = is_dsfinvk_archive(sample) ? &dsfinvk : known_beginning(text);
  if (format != nullptr) return extension(name, *format);
  if (text.front() == '<' || text.front() == '{' || text.front() == '[') {
    return fail(
        "XML and JSON of unknown make are not guessed; docs/writing-a-template.md shows one");
  }
  if (is_file_of_dsfinvk(text)) {
    return fail(
        "this is one of the files of a DSFinV-K export, and none says all of a receipt; the "
        "template dsfinvk reads the whole, a zip or tar with transactions.csv and lines.csv in it");
  }
  CsvDraft draft;
  auto rows = SampleRows::read(sample, whole);
  if (!rows) return Unexpected{rows.error()};
  draft.sample = std::move(*rows);
  if (const auto columns = read_columns(draft); !columns) return Unexpected{columns.error()};
  map_columns(draft);
  map_times(draft);
  if (draft.is_sales) map_amounts(draft);
  map_numbers(draft);
  if (draft.is_sales) map_receipts(draft);
  map_words(draft);
  map_footers(draft);
  return written(draft, name);
}

}  // namespace storeward
