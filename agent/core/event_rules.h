// What each event type must carry: CONTRACT section 3 as tables. docs/contract/schemas says the
// same; tests/integration/test_contract_schemas.py holds both against each other.
#pragma once

#include <string_view>

#include "agent/core/shape.h"

namespace storeward {

// The shape of `data` of an event type; null for an unknown type.
const Shape* shape_of_data(std::string_view type);

// The attributes beside `data`, as a source submits them, once it is known to be a CloudEvent.
extern const Shape envelope_shape;

}  // namespace storeward
