#include "agent/core/stream.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("every stream is found by its name and by the types it carries") {
  for (const Stream stream : all_streams) CHECK(stream_named(name_of(stream)) == stream);
  CHECK(stream_of_type("retail.sale.completed.v1") == Stream::sales);
  CHECK(stream_of_type("retail.stock.snapshot.v1") == Stream::levels);
  CHECK_FALSE(stream_of_type("retail.sale.completed"));
  CHECK_FALSE(stream_named("Sales"));
}
