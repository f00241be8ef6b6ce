#include "agent/runtime/exception_desk.h"

#include <optional>
#include <utility>

#include "agent/core/exception_text.h"
#include "agent/core/masking.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

using nlohmann::json;

constexpr std::size_t longest_reason = 400;  // bytes

std::string error(std::string_view reason) {
  return json{{"error", reason}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

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

std::string subject_of(std::uint64_t number) {
  return "exception " + std::to_string(number);
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

// Replies when the last result is in.
struct ExceptionDesk::Results {
  Results(std::size_t results, ControlServer::Reply then)
      : list(json::array()), due(results), reply(std::move(then)) {}

  void add(json result) {
    list.push_back(std::move(result));
    if (list.size() < due) return;
    reply(json{{"results", std::move(list)}}.dump(-1, ' ', false, json::error_handler_t::replace));
  }

  json list;
  const std::size_t due;
  const ControlServer::Reply reply;
};

void ExceptionDesk::retry(const json& request, const ControlPeer& peer,
                          ControlServer::Reply reply) {
  const auto numbers = numbers_in(request);
  if (!numbers) return reply(error(numbers.error().message));
  using Found = std::vector<store::StoreResult<std::optional<store::Exception>>>;
  const bool asked = parts_.desk.ask(
      [numbers = *numbers](store::OutboxReader& reader) {
        Found found;
        for (const std::uint64_t number : numbers) found.push_back(reader.exception(number));
        return found;
      },
      [this, numbers = *numbers, peer, reply](const Found& found) {
        const auto results = std::make_shared<Results>(numbers.size(), reply);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          if (!found[i]) {
            results->add(refusal(numbers[i], found[i].error().message));
          } else if (!found[i].value()) {
            results->add(refusal(numbers[i], "there is no such exception"));
          } else {
            hand_in(*found[i].value(), peer, results);
          }
        }
      });
  if (!asked) reply(error("too many questions wait; ask again later"));
}

Result<Delivery> ExceptionDesk::remade(const store::Exception& exception) const {
  if (exception.kind == "quarantined" && !exception.origin.template_name.empty()) {
    if (!parts_.remap) {
      return fail("driver \"" + exception.origin.driver +
                  "\" is not configured: its template is needed to read the record again");
    }
    return parts_.remap(exception);
  }
  const std::string text = submitted_form(exception.masked);
  // Where nobody is known to have handed it in, the technician's word counts.
  const Submitter submitter{exception.source.empty()
                                ? text_in(json::parse(text, nullptr, false), "source")
                                : exception.source,
                            {}};
  auto items = admit(text, Framing::single, submitter, parts_.admission);
  if (!items) return fail(items.error().reason);
  return Delivery{.items = std::move(*items), .cursors = {}};
}

Result<Delivery> ExceptionDesk::delivery_for(const store::Exception& exception) const {
  if (exception.state != "open") return fail("it is not open: " + exception.state);
  if (exception.kind == "withheld" || exception.kind == "rejected") {
    const std::string sequence = std::to_string(exception.sequence);
    return fail(
        "it is about an event in the outbox; once the hub takes it: storeward outbox replay"
        " --from " +
        sequence + " --to " + sequence);
  }
  if (exception.masked.empty()) {
    return fail("nothing could be kept of it; have its source hand it in again, then discard this");
  }
  auto delivery = remade(exception);
  if (!delivery) return delivery;
  if (delivery->items.empty() && delivery->numbers.empty()) {
    return fail("it becomes no event; discard it, if that is right");
  }
  delivery->settles = {exception.number};
  return delivery;
}

void ExceptionDesk::hand_in(const store::Exception& exception, const ControlPeer& peer,
                            const std::shared_ptr<Results>& results) {
  const std::uint64_t number = exception.number;
  auto delivery = delivery_for(exception);
  if (!delivery) return results->add(refusal(number, delivery.error().message));
  delivery->audit = {actor_of(peer), "exceptions.retry", subject_of(number),
                     std::to_string(delivery->items.size()) + " items handed in"};
  const bool taken =
      parts_.store.submit(std::move(*delivery), [number, results](const SubmitResult& result) {
        if (!result) return results->add(refusal(number, result.error().reason));
        if (const ItemOutcome* const refused = refusal_in(*result)) {
          return results->add(refusal(number, refused->reason));
        }
        results->add({{"exception", number}, {"done", true}, {"items", items_as_json(*result)}});
      });
  if (!taken) results->add(refusal(number, "too much is waiting to be stored; try again"));
}

void ExceptionDesk::edit(const json& request, const ControlPeer& peer, ControlServer::Reply reply) {
  const auto number = request.find("number");
  if (number == request.end() || !number->is_number_unsigned()) {
    return reply(error("number: the exception's number is needed"));
  }
  auto masked = masked_edit(text_in(request, "text"), max_text_bytes);
  if (!masked) return reply(error(masked.error().message));
  const std::string size = std::to_string(masked->size());
  const auto exception = number->get<std::uint64_t>();
  act({{.kind = OperatorAction::Kind::edit,
        .exception = exception,
        .text = std::move(*masked),
        .audit = {actor_of(peer), "exceptions.edit", subject_of(exception),
                  size + " bytes are kept now"}}},
      std::move(reply));
}

void ExceptionDesk::discard(const json& request, const ControlPeer& peer,
                            ControlServer::Reply reply) {
  const auto numbers = numbers_in(request);
  if (!numbers) return reply(error(numbers.error().message));
  const std::string masked = mask_text(text_in(request, "reason"));
  const std::string reason(utf8_prefix(masked, longest_reason));
  if (reason.find_first_not_of(" \t\r\n") == std::string::npos) {
    return reply(error("reason: why it is dropped must be said, for those who ask later"));
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

void ExceptionDesk::act(std::vector<OperatorAction> actions, ControlServer::Reply reply) {
  std::vector<std::uint64_t> numbers;
  for (const OperatorAction& action : actions) numbers.push_back(action.exception);
  const bool taken =
      parts_.store.act(std::move(actions), [numbers, reply](const StoreThread::ActResult& result) {
        if (!result) return reply(error(result.error().reason));
        json results = json::array();
        for (std::size_t i = 0; i < numbers.size(); ++i) {
          const std::string& reason = result.value()[i];
          results.push_back(reason.empty() ? json{{"exception", numbers[i]}, {"done", true}}
                                           : refusal(numbers[i], reason));
        }
        reply(json{{"results", std::move(results)}}.dump(-1, ' ', false,
                                                         json::error_handler_t::replace));
      });
  if (!taken) reply(error("too much is waiting to be stored; try again"));
}

}  // namespace storeward
