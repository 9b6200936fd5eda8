# SPDX-License-Identifier: Apache-2.0
# kfence_bpf_object(NAME SOURCE): compiles a BPF program with clang, and makes its skeleton
# <NAME>.skel.h, to be used by linking the interface library bpf_<NAME>.
find_program(BPF_CLANG NAMES clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /usr/local/sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
    set(BPF_ARCH x86)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(BPF_ARCH arm64)
else()
    message(FATAL_ERROR "no BPF target for the processor ${CMAKE_SYSTEM_PROCESSOR}: x86_64 and aarch64 are known")
endif()

set(BPF_FLAGS -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_${BPF_ARCH}
    -isystem /usr/include/${CMAKE_SYSTEM_PROCESSOR}-linux-gnu
    -Wall -Wextra -Werror -Wno-unused-parameter)

function(kfence_bpf_object name source)
    set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o")
    set(skeleton "${CMAKE_CURRENT_BINARY_DIR}/skel/${name}.skel.h")
    get_filename_component(source "${source}" ABSOLUTE)
    add_custom_command(
        OUTPUT "${object}"
        COMMAND "${BPF_CLANG}" ${BPF_FLAGS} -ffile-prefix-map=${PROJECT_SOURCE_DIR}/= -MMD -MF "${object}.d" -MT
                "${object}" -c "${source}" -o "${object}"
        DEPENDS "${source}"
        DEPFILE "${object}.d"
        COMMENT "BPF ${name}"
        VERBATIM)
    add_custom_command(
        OUTPUT "${skeleton}"
        COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/skel"
        COMMAND sh -c "\"$1\" gen skeleton \"$2\" name \"$3\" > \"$4\"" sh "${BPFTOOL}" "${object}" "${name}"
                "${skeleton}"
        DEPENDS "${object}"
        COMMENT "Skeleton ${name}"
        VERBATIM)
    add_custom_target(bpf_${name}_skeleton DEPENDS "${skeleton}")
    add_library(bpf_${name} INTERFACE)
    add_dependencies(bpf_${name} bpf_${name}_skeleton)
    target_include_directories(bpf_${name} SYSTEM INTERFACE "${CMAKE_CURRENT_BINARY_DIR}/skel")
    target_link_libraries(bpf_${name} INTERFACE PkgConfig::LIBBPF)
endfunction()
