#include "drivers/formats/json_cutter.h"

#include "agent/base/ascii.h"

namespace storeward {
namespace {

bool ends_scalar(char c) {
  return is_white_space(c) || c == ',' || c == ']' || c == '}' || c == '[' || c == '{' ||
         c == '"' || c == ':';
}

}  // namespace

JsonCut JsonCutter::next(std::string_view bytes) {
  JsonCut cut = JsonCut::need_more;
  for (const char c : bytes) {
    if (!within_value_) {
      begin_ = position_;
      begin_line_ = line_;
    }
    const bool used = within_value_ ? step_within(c, cut) : step_between(c, cut);
    if (used) {
      ++position_;
      if (c == '\n') ++line_;
    }
    if (cut != JsonCut::need_more) return cut;
  }
  return cut;
}

JsonCut JsonCutter::finish() {
  if (within_value_) {
    if (scalar_ && !in_string_) return value_ends();
    return says(JsonCut::lost, "the source ends within this value");
  }
  begin_ = position_;
  begin_line_ = line_;
  if (expects_ == Expects::document) return JsonCut::need_more;
  expects_ = Expects::document;
  return says(JsonCut::lost, "the source ends before its array is closed: it is cut short");
}

JsonCut JsonCutter::says(JsonCut cut, std::string_view reason) {
  reason_ = reason;
  return cut;
}

JsonCut JsonCutter::value_ends() {
  within_value_ = false;
  if (expects_ != Expects::document) expects_ = Expects::comma;
  return JsonCut::value;
}

// True: `c` is used up. `cut` is changed where something ends here.
bool JsonCutter::step_between(char c, JsonCut& cut) {
  if (is_white_space(c)) return true;
  const bool in_array = expects_ != Expects::document;
  if (c == ',') {
    if (expects_ == Expects::comma) {
      expects_ = Expects::element;
    } else if (in_array) {
      expects_ = Expects::element;
      cut = says(JsonCut::wrong, "a comma with no element before it");
    } else {
      cut = says(JsonCut::wrong, "a comma between documents");
    }
    return true;
  }
  if (c == ']' && in_array) {
    if (expects_ == Expects::element)
      cut = says(JsonCut::wrong, "a comma before the end of an array");
    expects_ = Expects::document;
    return true;
  }
  if (c == ']' || c == '}' || c == ':') {
    cut = says(JsonCut::lost, "a ] } or : that belongs to nothing");
    return true;
  }
  if (c == '[' && !in_array) {
    expects_ = Expects::first_element;
    return true;
  }
  if (expects_ == Expects::comma) {
    expects_ = Expects::element;
    cut = says(JsonCut::wrong, "no comma between two elements");
    return false;
  }
  within_value_ = true;
  in_string_ = escaped_ = false;
  scalar_ = c != '{' && c != '[' && c != '"';
  open_brackets_.clear();
  return step_within(c, cut);
}

bool JsonCutter::step_within(char c, JsonCut& cut) {
  if (in_string_) {
    const bool ends = c == '"' && !escaped_;
    escaped_ = c == '\\' && !escaped_;
    in_string_ = !ends;
    if (ends && open_brackets_.empty()) cut = value_ends();
    return true;
  }
  if (scalar_) {
    if (!ends_scalar(c)) return true;
    cut = value_ends();
    return false;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') {
    if (open_brackets_.size() == max_brackets) {
      cut = says(JsonCut::lost, "nested deeper than 10000 brackets");
      return true;
    }
    open_brackets_.push_back(c);
  }
  return c == '}' || c == ']' ? close(c, cut) : true;
}

bool JsonCutter::close(char c, JsonCut& cut) {
  if (open_brackets_.back() != (c == '}' ? '{' : '[')) {
    cut = says(JsonCut::lost, "a bracket closed by one of the other kind");
    return true;
  }
  open_brackets_.pop_back();
  if (open_brackets_.empty()) cut = value_ends();
  return true;
}

}  // namespace storeward
