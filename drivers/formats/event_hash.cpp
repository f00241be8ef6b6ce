#include "drivers/formats/event_hash.h"

namespace storeward {

void EventHash::begin_document(const Record& frame) {
  end_document();
  document_.add_context(frame, Record::root);
}

void EventHash::add_to(Record& record) const {
  if (record.child(Record::root, "eventID") != Record::none) return;
  auto id = epcis::event_hash_id(record, Record::root, document_);
  if (id) record.add(Record::root, "eventHash", record.keep(std::move(*id)));
}

}  // namespace storeward
