#include "agent/runtime/exception_remaking.h"

#include <nlohmann/json.hpp>

#include <utility>

#include "agent/core/exception_text.h"
#include "agent/core/record_json.h"
#include "drivers/exec/protocol.h"

namespace storeward {
namespace {

using nlohmann::json;

bool is_record(const store::Exception& exception) {
  return exception.kind == "quarantined" && came_by_template(exception);
}

// What was said beside the record when it came, as far as the exception knows it.
mapping::MappingContext context_then(const store::Exception& exception, const FeedPlan& plan) {
  mapping::MappingContext context = plan.context;
  context.kept_masked = true;
  const json given = json::parse(exception.origin.given, nullptr, false);
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      if (value.is_string()) context.given.try_emplace(name, value.get<std::string>());
    }
  }
  // Of those kept before it was.
  context.given.try_emplace("receivedAt", exception.at);
  context.given.try_emplace("sequence", "exception-" + std::to_string(exception.number));
  return context;
}

bool keeps_its_source(const store::Exception& exception) {
  const json given = json::parse(exception.origin.given, nullptr, false);
  return given.is_object() && given.contains(whole_source);
}

Result<Delivery> read_again(const store::Exception& exception, const FeedPlan& plan) {
  mapping::MappingContext context = context_then(exception, plan);
  context.given.erase(std::string(whole_source));
  if (const auto file = context.given.find("file"); file != context.given.end()) {
    context.file = file->second;
  }
  auto delivery = fed_again(plan, context, exception.masked);
  if (delivery && delivery->items.empty() && delivery->numbers.empty()) {
    return fail("it becomes no event by template " + plan.mapping->name +
                "; discard it, if that is right");
  }
  return delivery;
}

Result<Delivery> mapped_again(const store::Exception& exception, const FeedPlan& plan) {
  if (keeps_its_source(exception)) return read_again(exception, plan);
  Record record;
  if (const auto read = read_record_json(exception.masked, record); !read) {
    return fail(
        "the record could not be read when it came, so no template can map it: correct the "
        "source and hand it in again, then discard this (" +
        read.error().message + ")");
  }
  // A record has what its source gave beside it, its number at least.
  if (exception.origin.given.empty() && exec::is_delivery(exception.masked)) {
    return fail(
        "this is a whole delivery of the driver's program, which could not be read, and no record: "
        "correct the program and let it hand it in again, then discard this; or edit it down to "
        "the record");
  }
  FedRecord fed = fed_record(plan, context_then(exception, plan), record, {}, exception.masked);
  Delivery delivery;
  hand_over(fed, delivery);
  if (delivery.items.empty() && delivery.numbers.empty()) {
    return fail("it becomes no event: an [[ignore]] of template " + plan.mapping->name +
                " applies, \"" + fed.ignored + "\"; discard it, if that is right");
  }
  return delivery;
}

std::string source_in(const std::string& text) {
  const json event = json::parse(text, nullptr, false);
  const json source = event.is_object() ? event.value("source", json()) : json();
  return source.is_string() ? source.get<std::string>() : std::string();
}

Result<Delivery> admitted_again(const store::Exception& exception, const FeedPlan* plan,
                                const AdmissionOptions& admission) {
  const std::string text = submitted_form(exception.masked);
  Submitter submitter = plan != nullptr ? plan->submitter : Submitter{};
  // Where nobody is known to have handed it in, the technician's word counts.
  submitter.name = exception.source.empty() ? source_in(text) : exception.source;
  auto items = admit(text, Framing::single, submitter, admission);
  if (!items) return fail(items.error().reason);
  return Delivery{.items = std::move(*items), .cursors = {}};
}

}  // namespace

bool came_by_template(const store::Exception& exception) {
  return !exception.origin.template_name.empty();
}

VouchedMembers vouched_in(const store::Exception& exception, const FeedPlan& plan) {
  return is_record(exception) ? plan.mapping->vouched_in_record : plan.mapping->vouched;
}

Result<Delivery> made_again(const store::Exception& exception, const FeedPlan* plan,
                            const AdmissionOptions& admission) {
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
  auto delivery = is_record(exception) ? mapped_again(exception, *plan)
                                       : admitted_again(exception, plan, admission);
  if (!delivery) return delivery;
  delivery->settles = {exception.number};
  return delivery;
}

Result<std::string> still_wrong(const store::Exception& edited, const FeedPlan* plan,
                                const AdmissionOptions& admission) {
  Record record;
  if (!is_record(edited)) {
    if (!json::parse(edited.masked, nullptr, false).is_object()) {
      return fail("the text is no JSON object, and an event is one; nothing was changed");
    }
  } else if (const auto read = read_record_json(edited.masked, record);
             !read && !keeps_its_source(edited)) {
    return fail(
        "a template maps a record only as JSON, its columns as members: " + read.error().message +
        "; nothing was changed. A line of a file: correct the file and hand it in again, then "
        "discard this");
  }
  const auto delivery = made_again(edited, plan, admission);
  if (!delivery) return delivery.error().message;
  for (const AdmittedItem& item : delivery->items) {
    if (const auto* const rejected = std::get_if<Rejected>(&item)) return rejected->reason;
  }
  return std::string();
}

}  // namespace storeward
