// Which pages of the program's own files this process has in memory.
#pragma once

namespace storeward {

// Lets go of all code and constants, the program's and its libraries'. What is used again comes
// back from the page cache when it is touched; what only a start needs stays out, and that is most
// of it. From any thread. A debugger's breakpoints go with it.
void release_program_pages();

}  // namespace storeward
