// XmlScanner: where the tags, texts and asides of an XML source begin and end; nothing else of it.
// Takes the source in any slices and looks at each byte once. It knows comments, CDATA, processing
// instructions and quotes, and that is where it stops what could harm: declarations (DOCTYPE),
// references to entities of the document's own, tags without end. Pure; owned by one decoder.
//
// Invariants: tokens follow each other without a gap. After `wrong` it goes on as in text, where it
// stopped. Whether tags match is not its question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

enum class XmlToken : std::uint8_t {
  need_more,  // everything given is used up
  text,       // or a part of one, or one reference
  cdata,
  aside,        // a comment or a processing instruction
  declaration,  // <?xml …?>
  open,         // <name …>
  empty,        // <name …/>
  close,        // </name>
  wrong,        // reason() says why
  refused       // a declaration of document types: nothing of such a source is read
};

class XmlScanner {
 public:
  static constexpr std::size_t max_attributes = 10'000;  // of an element
  static constexpr std::size_t max_name_bytes = 512;

  explicit XmlScanner(std::size_t max_tag_bytes) : max_tag_bytes_(max_tag_bytes) {}

  // `bytes` begin at position().
  XmlToken next(std::string_view bytes);

  // Of the latest token, or the one that need_more has left open: positions in the source, lines
  // from 1.
  std::uint64_t begin() const { return begin_; }
  std::uint64_t begin_line() const { return begin_line_; }
  std::uint64_t position() const { return position_; }  // where it stands now
  std::uint64_t line() const { return line_; }
  bool within_token() const { return within_token_; }
  bool tag() const { return tag_; }  // the token is a tag, or was to be one

  std::string_view name() const { return name_; }          // of open, empty, close, with its prefix
  std::string_view encoding() const { return encoding_; }  // of declaration; empty: none named
  std::string_view reason() const { return reason_; }      // of wrong and refused

  // Back to where a token began.
  void rewind(std::uint64_t position, std::uint64_t line);

 private:
  enum class State : std::uint8_t {
    text,
    reference,
    markup,
    bang,
    comment,
    cdata,
    instruction,
    open_name,
    in_tag,
    attribute,
    close_name,
    behind_close_name
  };
  static constexpr XmlToken none = XmlToken::need_more;

  XmlToken step(std::string_view bytes, std::size_t& at);
  XmlToken step_text(std::string_view bytes, std::size_t& at);
  XmlToken step_reference(char c, std::size_t& at);
  XmlToken step_markup(char c, std::size_t& at);
  XmlToken step_bang(char c, std::size_t& at);
  XmlToken step_aside(std::string_view bytes, std::size_t& at);
  XmlToken step_open_name(char c, std::size_t& at);
  XmlToken step_in_tag(std::string_view bytes, std::size_t& at);
  XmlToken step_attribute(std::string_view bytes, std::size_t& at);
  XmlToken step_close_name(char c, std::size_t& at);
  XmlToken end_of_aside();
  XmlToken wrong(std::string_view reason);

  std::size_t max_tag_bytes_;
  State state_ = State::text;
  bool within_token_ = false, tag_ = false;
  std::uint64_t begin_ = 0, begin_line_ = 1, position_ = 0, line_ = 1;
  std::string name_, encoding_;
  std::string word_;  // of a reference, a declaration or an instruction, as far as it matters
  std::string_view reason_;
  std::size_t attributes_ = 0;
  std::size_t run_ = 0;  // of the characters that end an aside, as far as they stand
  State after_reference_ = State::text;
  char quote_ = '"';
  bool slash_ = false;
};

}  // namespace storeward
