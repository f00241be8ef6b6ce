// JsonElement: one JSON value, read by simdjson into a Record. Numbers keep their text as written
// (a price of 1.10 never is a double). Owned by one decoder.
//
// Members by name, in the source's order; the elements of an array are repeated children by the
// array's name, those of an array in an array stand one level down; null is as good as absent;
// booleans are "true" and "false". A scalar is the root's text.
#pragma once

#include <memory>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/json_tree.h"
#include "agent/core/record.h"

namespace storeward {

class JsonElement {
 public:
  JsonElement();
  ~JsonElement();

  // Views in `record` hold until the next call. On a fault `record` is empty.
  Result<void, JsonFault> read_into(Record& record, std::string_view text);

 private:
  struct Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace storeward
