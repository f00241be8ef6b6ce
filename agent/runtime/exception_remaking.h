// What is kept of an exception -> what is handed in again. Pure.
#pragma once

#include <string>

#include "agent/base/result.h"
#include "agent/core/submit.h"
#include "drivers/feed.h"
#include "store/outbox_reader.h"

namespace storeward {

// Came through a driver, so that its template is needed to make it again.
bool came_by_template(const store::Exception& exception);

// Members that the template vouches for, of what is kept of the exception: a record of the source
// or an event.
VouchedMembers vouched_in(const store::Exception& exception, const FeedPlan& plan);

// The delivery that settles it, if all of it ends as stored or duplicate. `plan`: of its template;
// null where it came by none. Fails with what a technician is to do instead.
Result<Delivery> made_again(const store::Exception& exception, const FeedPlan* plan,
                            const AdmissionOptions& admission);

// Of a text that a person has put in the place of what is kept, `edited`: why it would be refused
// if it were handed in now, "" if nothing says so yet. Fails where no template could read it, with
// what a technician is to do instead.
Result<std::string> still_wrong(const store::Exception& edited, const FeedPlan* plan,
                                const AdmissionOptions& admission);

}  // namespace storeward
