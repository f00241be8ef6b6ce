// Card numbers, and numbers that look like them, on their way through a template.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "drivers/feed.h"

namespace storeward::templates_test {

// Everything that would be stored of these bytes: events, and of exceptions all that is kept.
std::string stored(const std::shared_ptr<const FeedPlan>& plan, const std::string& bytes);

// The same, without the payment provider's references that the template vouches for: they may look
// like a card's number whatever they are.
std::string stored_without_provider_references(const std::shared_ptr<const FeedPlan>& plan,
                                               const std::string& bytes);

// Digits that begin like this, then anything, and at last the check digit of a card number.
std::string luhn_number(std::string digits, std::size_t length, std::mt19937_64& random);
std::string card_number(std::mt19937_64& random);
// With the check digit of a GTIN or SSCC that is at once the one of a card number of an issuer.
std::string like_a_card(std::size_t length, std::mt19937_64& random);

}  // namespace storeward::templates_test
