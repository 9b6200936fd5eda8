# SPDX-License-Identifier: Apache-2.0
# Compiler flags as targets: every target of ours links kfence_flags, privately.
add_library(kfence_flags INTERFACE)
target_compile_features(kfence_flags INTERFACE cxx_std_23)
target_include_directories(kfence_flags INTERFACE "${PROJECT_SOURCE_DIR}/userspace" "${PROJECT_SOURCE_DIR}/bpf")
target_compile_options(kfence_flags INTERFACE -Wall -Wextra -Werror -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Wconversion
                                              -fno-omit-frame-pointer -fstack-protector-strong)
# libstdc++ 12 deprecates what its own std::stable_sort uses, and clang says so; g++ watches our own calls. Fields that a
# designated initializer leaves out have their defaults: no mistake either.
target_compile_options(kfence_flags INTERFACE
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations -Wno-missing-designated-field-initializers>)
target_compile_definitions(kfence_flags INTERFACE KFENCE_TOOLS_VERSION="${PROJECT_VERSION}")

option(KFENCE_SANITIZE "build with ASan and UBSan" OFF)
if(KFENCE_SANITIZE)
    target_compile_options(kfence_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
    target_link_options(kfence_flags INTERFACE -fsanitize=address,undefined)
endif()

# kfence_library(NAME SOURCES... LINK libraries...): one static library per folder.
function(kfence_library name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;LINK;PRIVATE_LINK")
    add_library(kfence_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(kfence_${name} PUBLIC ${ARG_LINK} PRIVATE kfence_flags ${ARG_PRIVATE_LINK})
endfunction()
