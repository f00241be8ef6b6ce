// Failure: how a storage error travels inside store/, from sqlite.cpp to the public method that was
// called, which turns it into a StoreResult (decision 0013). It never leaves this folder.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "store/outbox.h"

namespace storeward::store {

class Failure final : public std::exception {
 public:
  Failure(StoreFailure kind, std::string message) : error_{kind, std::move(message)} {}
  const StoreError& error() const { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  StoreError error_;
};

}  // namespace storeward::store
