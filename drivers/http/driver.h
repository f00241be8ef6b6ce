// http: web hooks and till plug-ins, each body in the sender's own format. docs/drivers/http.md.
// The intake (agent/runtime/intake.h) takes the request, asks who sent it and gives it in here; the
// driver makes one delivery of its records. io thread; no thread and no socket of its own.
//
// Senders repeat a web hook until it is answered 2xx, so every record is answered: what cannot
// become an event is kept as an exception, and the same body again gives `duplicate`.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"
#include "drivers/http/signature.h"

namespace storeward {

struct HttpDriverOptions {
  SignatureRules signature;
  std::vector<std::string> headers;  // given to the template as header.<name in lower case>
  // A header that says what the body is, and how each kind of body becomes events. What it does not
  // name goes by the driver's own plan.
  std::string topic_header;
  std::map<std::string, std::shared_ptr<const FeedPlan>, std::less<>> topics;
};

struct WebHook {
  std::string_view body;
  std::string_view file;  // what the sender calls it; may be empty
  HeaderLookup header;
};

struct WebHookAnswer {
  int status = 200;                   // 200, 400, 413, 415 or 503 (later: in retry_after_s)
  std::vector<ItemOutcome> outcomes;  // 200: all of it in the order of the records
  std::string reason;                 // else
  std::uint32_t retry_after_s = 0;
};

class HttpDriver final : public Driver {
 public:
  static constexpr std::size_t max_in_flight = 64;  // deliveries with the store
  static constexpr std::size_t longest_file_name = 255;
  static constexpr std::uint64_t look_from = 3;  // bodies signed wrongly in a row

  HttpDriver(HttpDriverOptions options, std::shared_ptr<const FeedPlan> plan,
             const DriverHost& host);

  const std::string& source() const { return plan_->context.source; }
  bool asks_for_signature() const { return options_.signature.kind != SignatureKind::none; }
  // Counts what is signed wrongly: a sender whose secret is another one gives up after a while, and
  // nobody here would know.
  bool is_signed(const WebHook& hook);

  using Answered = std::function<void(WebHookAnswer&&)>;
  // Answered once, now or after the commit. Nothing of the hook is needed after the call.
  void deliver(const WebHook& hook, Answered answered);

  void start() override {}
  void set_paused(bool paused) override { paused_ = paused; }
  void begin_stop() override { stopping_ = true; }
  bool idle() const override { return *in_flight_ == 0; }
  DriverHealth health() const override;

 private:
  struct Read {
    Delivery delivery;
    std::vector<ItemOutcome> outcomes;  // those of `ignored`; the others' places are kept free
    std::vector<std::size_t> places;    // of the delivery's items among the outcomes
    std::string unkept;                 // why the sender alone has some of it, if so
  };
  const std::shared_ptr<const FeedPlan>& plan_for(const WebHook& hook) const;
  mapping::Given known_of(const WebHook& hook) const;
  Read read(const WebHook& hook) const;
  void submit(Read&& read, Answered answered);
  std::string why_unsigned() const;

  const HttpDriverOptions options_;
  const std::shared_ptr<const FeedPlan> plan_;
  const DriverHost host_;
  std::shared_ptr<std::size_t> in_flight_ = std::make_shared<std::size_t>(0);
  std::shared_ptr<std::optional<WallTime>> last_delivery_ =
      std::make_shared<std::optional<WallTime>>();
  // Since the last one that was signed rightly.
  std::uint64_t wrongly_signed_ = 0;
  WallTime wrongly_signed_since_{};
  Signed last_wrong_ = Signed::otherwise;  // the last of them
  bool paused_ = false, stopping_ = false;
};

}  // namespace storeward
