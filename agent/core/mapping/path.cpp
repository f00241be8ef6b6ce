#include "agent/core/mapping/path.h"

#include <algorithm>
#include <charconv>

namespace storeward {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == ':' || c == '@' || c == '#' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_text(const Record& record, Record::Node node, const std::vector<std::string>& steps,
             std::size_t step, std::string_view text) {
  if (step == steps.size()) return record.text(node) == text;
  for (auto child = record.first_child(node); child != Record::none;
       child = record.next_sibling(child)) {
    if (record.name(child) == steps[step] && is_text(record, child, steps, step + 1, text)) {
      return true;
    }
  }
  return false;
}

}  // namespace

class Path::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Path> run() {
    Path path;
    if (text_.empty()) return fail("a path is empty");
    do {
      if (path.ways_.size() == max_ways) return wrong("more than 8 paths in one");
      Way way;
      if (const auto done = read(way); !done) return Unexpected{done.error()};
      path.ways_.push_back(std::move(way));
    } while (take("|"));
    if (at_ != text_.size()) return wrong("\"/\", \"|\" or the end is due here");
    path.one_name_ = path.is_one_name();
    return path;
  }

 private:
  Unexpected<Error> wrong(std::string_view what) const {
    return fail("the path \"" + std::string(text_) + "\" is wrong at character " +
                std::to_string(at_ + 1) + ": " + std::string(what));
  }

  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  Result<std::string> quoted(char quote) {
    const std::size_t end = text_.find(quote, ++at_);
    if (end == std::string_view::npos) return wrong("the quote does not end");
    std::string text(text_.substr(at_, end - at_));
    at_ = end + 1;
    return text;
  }

  Result<std::string> name() {
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) return quoted(text_[at_]);
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    if (at_ == begin) return wrong("a name is due here");
    return std::string(text_.substr(begin, at_ - begin));
  }

  void skip_blanks() {
    while (take(" ")) {
    }
  }

  Result<void> read(Way& way) {
    skip_blanks();
    way.from_root = take("/");
    do {
      if (way.steps.size() == max_steps) return wrong("more than 32 steps");
      Step step;
      if (auto done = read(step); !done) return done;
      way.steps.push_back(std::move(step));
    } while (take("/"));
    skip_blanks();
    return {};
  }

  Result<void> read(Step& step) {
    if (take("*")) {
      step.axis = Axis::any;
    } else {
      auto read = name();
      if (!read) return Unexpected{read.error()};
      step.axis = *read == "." ? Axis::self : *read == ".." ? Axis::parent : Axis::name;
      step.name = std::move(*read);
      step.hash = column_hash(step.name);
    }
    while (take("[")) {
      if (auto done = predicate(step); !done) return done;
      if (!take("]")) return wrong("\"]\" is due here");
    }
    return {};
  }

  Result<void> predicate(Step& step) {
    if (take("last()")) {
      step.position = last_position;
      return {};
    }
    const char* const end = text_.data() + text_.size();
    std::uint32_t position = 0;
    const auto number = std::from_chars(text_.data() + at_, end, position);
    if (number.ec == std::errc{} && number.ptr != end && *number.ptr == ']') {
      if (position == 0) return wrong("positions count from 1");
      at_ = static_cast<std::size_t>(number.ptr - text_.data());
      step.position = position;
      return {};
    }
    Predicate made;
    do {
      auto part = name();
      if (!part) return Unexpected{part.error()};
      if (*part != ".") made.child.push_back(std::move(*part));
    } while (take("/"));
    made.equal = !take("!");
    if (!take("=")) return wrong("= or != is due here");
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      return wrong("a text in quotes is due here");
    }
    auto text = quoted(text_[at_]);
    if (!text) return Unexpected{text.error()};
    made.text = std::move(*text);
    step.predicates.push_back(std::move(made));
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Path> Path::parse(std::string_view text) {
  return Parser(text).run();
}

bool Path::is_one_name() const {
  if (ways_.size() != 1 || ways_.front().steps.size() != 1) return false;
  const Step& step = ways_.front().steps.front();
  return step.axis == Axis::name && step.predicates.empty() && step.position == 0;
}

bool Path::fits(const Record& record, Record::Node node, const Step& step) {
  if (step.axis == Axis::name && !record.is_named(node, step.name)) return false;
  if (step.axis == Axis::any && record.name(node).starts_with('@')) return false;
  for (const Predicate& predicate : step.predicates) {
    if (is_text(record, node, predicate.child, 0, predicate.text) != predicate.equal) return false;
  }
  return true;
}

template <typename Found>
bool Path::visit(const Record& record, Record::Node from, std::span<const Step> steps,
                 Found& found) {
  if (steps.empty()) return found(from);
  const Step& step = steps.front();
  const auto further = steps.subspan(1);
  if (step.axis == Axis::self || step.axis == Axis::parent) {
    const Record::Node next = step.axis == Axis::self ? from : record.parent(from);
    if (next == Record::none || !fits(record, next, step)) return true;
    return visit(record, next, further, found);
  }
  std::uint32_t position = 0;
  Record::Node last = Record::none;
  const bool named = step.axis == Axis::name;
  for (auto child = named ? record.child(from, step.name, step.hash) : record.first_child(from);
       child != Record::none; child = record.next_sibling(child)) {
    if (!fits(record, child, step)) continue;
    ++position;
    last = child;
    if (step.position != 0 && step.position != position) continue;
    if (!visit(record, child, further, found)) return false;
  }
  if (step.position == last_position && last != Record::none) {
    return visit(record, last, further, found);
  }
  return true;
}

Record::Node Path::first(const Record& record, Record::Node from) const {
  if (one_name_) {
    const Way& way = ways_.front();
    const Step& step = way.steps.front();
    return record.child(way.from_root ? Record::root : from, step.name, step.hash);
  }
  Record::Node result = Record::none;
  for (const Way& way : ways_) {
    // Nodes are numbered in the order of the record.
    const auto found = [&result](Record::Node node) {
      result = std::min(result, node);
      return false;
    };
    visit(record, way.from_root ? Record::root : from, way.steps, found);
  }
  return result;
}

std::vector<Record::Node> Path::all(const Record& record, Record::Node from,
                                    std::size_t most) const {
  std::vector<Record::Node> nodes;
  const auto found = [&nodes, most](Record::Node node) {
    nodes.push_back(node);
    return nodes.size() < most;
  };
  for (const Way& way : ways_) {
    if (nodes.size() < most) visit(record, way.from_root ? Record::root : from, way.steps, found);
  }
  if (ways_.size() > 1) {
    std::ranges::sort(nodes);
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  }
  return nodes;
}

bool Path::begins_at_root() const {
  return std::ranges::all_of(ways_, &Way::from_root);
}

std::vector<std::string> Path::names() const {
  std::vector<std::string> names;
  for (const Way& way : ways_) {
    for (const Step& step : way.steps) {
      if (step.axis == Axis::name) names.push_back(step.name);
      for (const Predicate& predicate : step.predicates) {
        names.insert(names.end(), predicate.child.begin(), predicate.child.end());
      }
    }
  }
  return names;
}

std::vector<std::string> Path::last_names() const {
  std::vector<std::string> names;
  for (const Way& way : ways_) {
    if (!way.steps.empty() && way.steps.back().axis == Axis::name) {
      names.push_back(way.steps.back().name);
    }
  }
  return names;
}

}  // namespace storeward
