#include "agent/runtime/exception_desk.h"

#include <map>
#include <optional>
#include <utility>

#include "agent/base/ascii.h"
#include "agent/base/json_dump.h"
#include "agent/base/log.h"
#include "agent/core/exception_text.h"
#include "agent/core/masking.h"
#include "agent/core/utf8.h"
#include "agent/runtime/control_request.h"
#include "agent/runtime/exception_remaking.h"

namespace storeward {
namespace {

using nlohmann::json;

constexpr std::size_t longest_reason = 400;  // bytes

json refusal(std::uint64_t number, std::string_view reason) {
  return {{"exception", number}, {"done", false}, {"reason", reason}};
}

// At least one, at most max_numbers, each once.
Result<std::vector<std::uint64_t>> numbers_in(const json& request) {
  std::vector<std::uint64_t> numbers;
  const auto list = request.find("numbers");
  if (list == request.end() || !list->is_array() || list->empty() ||
      list->size() > ExceptionDesk::max_numbers) {
    return fail("numbers: 1 to " + std::to_string(ExceptionDesk::max_numbers) +
                " numbers of exceptions are needed");
  }
  for (const json& number : *list) {
    if (!number.is_number_unsigned()) return fail("numbers: one of them is no number");
    const auto value = number.get<std::uint64_t>();
    if (std::ranges::find(numbers, value) == numbers.end()) numbers.push_back(value);
  }
  return numbers;
}

std::string text_in(const json& request, const char* name) {
  const auto text = request.find(name);
  return text != request.end() && text->is_string() ? text->get<std::string>() : std::string();
}

// A number that is no exception's may be a card's.
std::string subject_of(std::uint64_t number) {
  return mask_text("exception " + std::to_string(number));
}

std::string_view word_for(ItemStatus status) {
  return status == ItemStatus::stored ? "stored" : "duplicate";
}

json items_as_json(const std::vector<ItemOutcome>& outcomes) {
  json items = json::array();
  for (const ItemOutcome& outcome : outcomes) {
    json item = {{"id", outcome.id}, {"status", word_for(outcome.status)}};
    if (outcome.stream) item["stream"] = name_of(*outcome.stream);
    if (outcome.sequence != 0) item["sequence"] = outcome.sequence;
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

std::string actor_of(const ControlPeer& peer) {
  return "user " + std::to_string(peer.user_id) + " (process " + std::to_string(peer.process_id) +
         ")";
}

// The templates that one request needs, each read once.
class ExceptionDesk::Templates {
 public:
  explicit Templates(const ReadTemplate& read) : read_(read) {}

  const Result<TemplateNow>& of(const Origin& origin) {
    const auto key = std::pair(origin.driver, origin.template_name);
    const auto known = read_already_.find(key);
    if (known != read_already_.end()) return known->second;
    return read_already_.emplace(key, read_(origin)).first->second;
  }

 private:
  const ReadTemplate& read_;
  std::map<std::pair<std::string, std::string>, Result<TemplateNow>> read_already_;
};

// What became of the exceptions of one retry. When the last is in, what failed is written into the
// audit trail (what was kept is there already), then it replies, by their numbers.
class ExceptionDesk::Results {
 public:
  Results(std::size_t due, ControlPeer peer, StoreThread& store, ControlServer::Reply reply)
      : due_(due), peer_(peer), store_(store), reply_(std::move(reply)) {}

  // `by`: the template that was used, as members of the result.
  void done(std::uint64_t number, json items, const json& by) {
    json result = {{"exception", number}, {"done", true}, {"items", std::move(items)}};
    result.update(by);
    add(number, std::move(result));
  }

  // What hinders any retry for the time being; the reason of the exception itself stays.
  void hindered(std::uint64_t number, std::string_view reason, const json& by = json::object()) {
    write_down(OperatorAction::Kind::note, 0, number, reason);
    add_refusal(number, reason, by);
  }

  void failed(std::uint64_t number, std::string_view reason, const json& by) {
    write_down(OperatorAction::Kind::failed, number, number, reason);
    add_refusal(number, reason, by);
  }

  const ControlPeer& peer() const { return peer_; }

 private:
  void write_down(OperatorAction::Kind kind, std::uint64_t blamed, std::uint64_t number,
                  std::string_view reason) {
    const std::string whole = mask_text(reason);
    std::string masked(utf8_prefix(whole, longest_reason));
    AuditEntry audit{actor_of(peer_), "exceptions.retry", subject_of(number), "failed: " + masked};
    failures_.push_back(
        {.kind = kind, .exception = blamed, .text = std::move(masked), .audit = std::move(audit)});
  }

  void add_refusal(std::uint64_t number, std::string_view reason, const json& by) {
    json result = refusal(number, reason);
    result.update(by);
    add(number, std::move(result));
  }

  void add(std::uint64_t number, json result) {
    by_number_.emplace(number, std::move(result));
    if (by_number_.size() < due_) return;
    json list = json::array();
    for (auto& [of, told] : by_number_) list.push_back(std::move(told));
    const std::string answer = dumped(json{{"results", std::move(list)}});
    if (failures_.empty()) return reply_(answer);
    const bool taken = store_.act(std::move(failures_),
                                  [answer, reply = reply_](const StoreThread::ActResult& written) {
                                    if (!written) unwritten(written.error().reason);
                                    reply(answer);
                                  });
    if (taken) return;
    unwritten("too much is waiting to be stored");
    reply_(answer);
  }

  // Nothing has been changed, so it is told all the same.
  static void unwritten(std::string_view reason) {
    log::warn("retries that failed are not in the audit trail: {}", reason);
  }

  std::map<std::uint64_t, json> by_number_;
  std::vector<OperatorAction> failures_;
  const std::size_t due_;
  const ControlPeer peer_;
  StoreThread& store_;
  const ControlServer::Reply reply_;
};

void ExceptionDesk::retry(const json& request, const ControlPeer& peer,
                          ControlServer::Reply reply) {
  const auto numbers = numbers_in(request);
  if (!numbers) return reply(error_answer(numbers.error().message));
  using Found = std::vector<store::StoreResult<std::optional<store::Exception>>>;
  const bool asked = parts_.desk.ask(
      [numbers = *numbers](store::OutboxReader& reader) {
        Found found;
        for (const std::uint64_t number : numbers) found.push_back(reader.exception(number));
        return found;
      },
      [this, numbers = *numbers, peer, reply](const Found& found) {
        const auto results = std::make_shared<Results>(numbers.size(), peer, parts_.store, reply);
        Templates templates(parts_.template_now);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          if (!found[i]) {
            results->hindered(numbers[i], found[i].error().message);
          } else if (!found[i].value()) {
            results->hindered(numbers[i], "there is no such exception");
          } else {
            hand_in(*found[i].value(), templates, results);
          }
        }
      });
  if (!asked) reply(error_answer("too many questions wait; ask again later"));
}

void ExceptionDesk::hand_in(const store::Exception& exception, Templates& templates,
                            const std::shared_ptr<Results>& results) {
  const std::uint64_t number = exception.number;
  const FeedPlan* plan = nullptr;
  json by = json::object();
  std::string by_words;
  if (exception.state == "open" && came_by_template(exception)) {
    const Result<TemplateNow>& now = templates.of(exception.origin);
    if (!now) return results->hindered(number, now.error().message);
    plan = now->plan.get();
    by = {{"template", plan->mapping->name}, {"template_version", plan->mapping->version}};
    if (now->in_use) by["driver_maps_by"] = *now->in_use;
    by_words = " by template " + plan->mapping->name + " " + plan->mapping->version;
  }
  auto delivery = made_again(exception, plan, parts_.admission);
  if (!delivery) return results->failed(number, delivery.error().message, by);
  delivery->audit = {actor_of(results->peer()), "exceptions.retry", subject_of(number),
                     std::to_string(delivery->items.size()) + " items handed in" + by_words};
  const bool taken =
      parts_.store.submit(std::move(*delivery), [number, by, results](const SubmitResult& result) {
        if (!result) return results->hindered(number, result.error().reason, by);
        if (const ItemOutcome* const refused = refusal_in(*result)) {
          return results->failed(number, refused->reason, by);
        }
        results->done(number, items_as_json(*result), by);
      });
  if (!taken) results->hindered(number, "too much is waiting to be stored; try again", by);
}

void ExceptionDesk::edit(const json& request, const ControlPeer& peer, ControlServer::Reply reply) {
  const auto number = request.find("number");
  if (number == request.end() || !number->is_number_unsigned()) {
    return reply(error_answer("number: the exception's number is needed"));
  }
  const auto wanted = number->get<std::uint64_t>();
  using Found = store::StoreResult<std::optional<store::Exception>>;
  const bool asked = parts_.desk.ask(
      [wanted](store::OutboxReader& reader) { return reader.exception(wanted); },
      [this, wanted, text = text_in(request, "text"), peer, reply](const Found& found) {
        if (!found) return reply(error_answer(found.error().message));
        if (found.value()) return keep_edited(*found.value(), text, peer, reply);
        reply(error_answer("there is no exception " + std::to_string(wanted)));
      });
  if (!asked) reply(error_answer("too many questions wait; ask again later"));
}

void ExceptionDesk::keep_edited(const store::Exception& exception, const std::string& text,
                                const ControlPeer& peer, ControlServer::Reply reply) {
  VouchedMembers vouched;
  std::shared_ptr<const FeedPlan> plan;
  if (exception.state == "open" && came_by_template(exception)) {
    const auto now = parts_.template_now(exception.origin);
    if (!now) {
      return reply(
          error_answer("what may stay as it is and what is a card number, its template says; " +
                       now.error().message));
    }
    plan = now->plan;
    vouched = vouched_in(exception, *plan);
  }
  auto masked = masked_edit(text, max_text_bytes, vouched);
  if (!masked) return reply(error_answer(masked.error().message));
  json more = json::object();
  if (exception.state == "open") {
    store::Exception edited = exception;
    edited.masked = *masked;
    const auto wrong = still_wrong(edited, plan.get(), parts_.admission);
    if (!wrong) return reply(error_answer(wrong.error().message));
    if (!wrong->empty()) more["still_wrong"] = *wrong;
  }
  const std::string size = std::to_string(masked->size());
  act({{.kind = OperatorAction::Kind::edit,
        .exception = exception.number,
        .text = std::move(*masked),
        .audit = {actor_of(peer), "exceptions.edit", subject_of(exception.number),
                  size + " bytes are kept now"}}},
      std::move(reply), more);
}

void ExceptionDesk::discard(const json& request, const ControlPeer& peer,
                            ControlServer::Reply reply) {
  const auto numbers = numbers_in(request);
  if (!numbers) return reply(error_answer(numbers.error().message));
  const std::string masked = mask_text(text_in(request, "reason"));
  const std::string reason(utf8_prefix(masked, longest_reason));
  if (reason.find_first_not_of(white_space) == std::string::npos) {
    return reply(error_answer("reason: why it is dropped must be said, for those who ask later"));
  }
  std::vector<OperatorAction> actions;
  for (const std::uint64_t exception : *numbers) {
    actions.push_back(
        {.kind = OperatorAction::Kind::discard,
         .exception = exception,
         .text = reason,
         .audit = {actor_of(peer), "exceptions.discard", subject_of(exception), reason}});
  }
  act(std::move(actions), std::move(reply));
}

void ExceptionDesk::act(std::vector<OperatorAction> actions, ControlServer::Reply reply,
                        const json& more) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(actions.size());
  for (const OperatorAction& action : actions) numbers.push_back(action.exception);
  const bool taken = parts_.store.act(
      std::move(actions), [numbers, reply, more](const StoreThread::ActResult& result) {
        if (!result) return reply(error_answer(result.error().reason));
        json results = json::array();
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          const std::string& reason = result.value()[i];
          json told = json{{"exception", numbers[i]}, {"done", true}};
          told.update(more);
          results.push_back(reason.empty() ? std::move(told) : refusal(numbers[i], reason));
        }
        reply(dumped(json{{"results", std::move(results)}}));
      });
  if (!taken) reply(error_answer("too much is waiting to be stored; try again"));
}

}  // namespace storeward
