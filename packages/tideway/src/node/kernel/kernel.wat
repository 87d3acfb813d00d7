;; The inner loops of the protocol over one memory: masking (RFC 6455 §5.3) and checking UTF-8 (RFC 3629), 16 octets at a time.
;;
;; Ranges are [start, end) in bytes of the memory, at any alignment. Nothing outside a range is written, and nothing outside it is read.
;; Whoever calls keeps 2048 <= start <= end <= size of the memory: the first 2048 bytes are the table of the automaton.
;; `npm run build:kernel` makes wasm-bytes.ts of this file.
(module
  (import "tideway" "memory" (memory 1))

  ;; XORs [start, end) with the key. `key` is in network order (its first octet is the most significant), `phase` is the index in the
  ;; payload of the octet at start. Returns 1 when all octets are below 0x80 afterwards, else 0.
  ;;
  ;; Each size is done in steps that overlap: the last step is loaded before the first is stored, so that what both of them cover is
  ;; masked once, and no loop over single octets is left for the end.
  (func (export "mask") (param $start i32) (param $end i32) (param $key i32) (param $phase i32) (result i32)
    (local $size i32) (local $last i32) (local $key_end i32)
    (local $word i32) (local $word_end i32)       ;; below 8 octets
    (local $pair i64) (local $pair_end i64)       ;; below 16
    (local $mask v128) (local $block_end v128) (local $block v128) (local $seen v128)

    ;; The key as it lies in memory: its octets turned round (memory is little-endian here, whatever the machine), then turned
    ;; until the octet that belongs to the one at start comes first.
    (local.set $key
      (i32.rotr
        (i32.or
          (i32.and (i32.rotl (local.get $key) (i32.const 8)) (i32.const 0x00ff00ff))
          (i32.and (i32.rotr (local.get $key) (i32.const 8)) (i32.const 0xff00ff00)))
        (i32.shl (local.get $phase) (i32.const 3))))
    (local.set $size (i32.sub (local.get $end) (local.get $start)))
    ;; As it meets the last step, which begins a multiple of four before the end.
    (local.set $key_end (i32.rotr (local.get $key) (i32.shl (local.get $size) (i32.const 3))))

    (if (i32.lt_u (local.get $size) (i32.const 16))
      (then
        (if (i32.ge_u (local.get $size) (i32.const 8))
          (then
            (local.set $last (i32.sub (local.get $end) (i32.const 8)))
            (local.set $pair_end
              (i64.xor
                (i64.load align=1 (local.get $last))
                (i64.mul (i64.extend_i32_u (local.get $key_end)) (i64.const 0x0000000100000001))))
            (local.set $pair
              (i64.xor
                (i64.load align=1 (local.get $start))
                (i64.mul (i64.extend_i32_u (local.get $key)) (i64.const 0x0000000100000001))))
            (i64.store align=1 (local.get $start) (local.get $pair))
            (i64.store align=1 (local.get $last) (local.get $pair_end))
            (return
              (i64.eqz (i64.and
                (i64.or (local.get $pair) (local.get $pair_end))
                (i64.const 0x8080808080808080))))))
        (if (i32.ge_u (local.get $size) (i32.const 4))
          (then
            (local.set $last (i32.sub (local.get $end) (i32.const 4)))
            (local.set $word_end
              (i32.xor (i32.load align=1 (local.get $last)) (local.get $key_end)))
            (local.set $word (i32.xor (i32.load align=1 (local.get $start)) (local.get $key)))
            (i32.store align=1 (local.get $start) (local.get $word))
            (i32.store align=1 (local.get $last) (local.get $word_end))
            (return
              (i32.eqz (i32.and
                (i32.or (local.get $word) (local.get $word_end))
                (i32.const 0x80808080))))))
        ;; Three octets at most; $word collects them.
        (block $done
          (loop $octets
            (br_if $done (i32.eq (local.get $start) (local.get $end)))
            (i32.store8 (local.get $start)
              (local.tee $last (i32.xor (i32.load8_u (local.get $start)) (i32.and (local.get $key) (i32.const 0xff)))))
            (local.set $word (i32.or (local.get $word) (local.get $last)))
            (local.set $key (i32.rotr (local.get $key) (i32.const 8)))
            (local.set $start (i32.add (local.get $start) (i32.const 1)))
            (br $octets)))
        (return (i32.eqz (i32.and (local.get $word) (i32.const 0x80))))))

    (local.set $mask (i32x4.splat (local.get $key)))
    (local.set $last (i32.sub (local.get $end) (i32.const 16)))
    (local.set $block_end
      (v128.xor
        (v128.load align=1 (local.get $last))
        (i32x4.splat (local.get $key_end))))
    (local.set $seen (local.get $block_end))

    ;; 64 octets a turn. $size counts what is left to do before the last 16, give or take: a turn needs 64 of them.
    (local.set $size (i32.sub (local.get $size) (i32.const 16)))
    (block $few
      (loop $turn
        (br_if $few (i32.lt_u (local.get $size) (i32.const 64)))
        (v128.store align=1 (local.get $start)
          (local.tee $block (v128.xor (v128.load align=1 (local.get $start)) (local.get $mask))))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (v128.store offset=16 align=1 (local.get $start)
          (local.tee $block (v128.xor (v128.load offset=16 align=1 (local.get $start)) (local.get $mask))))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (v128.store offset=32 align=1 (local.get $start)
          (local.tee $block (v128.xor (v128.load offset=32 align=1 (local.get $start)) (local.get $mask))))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (v128.store offset=48 align=1 (local.get $start)
          (local.tee $block (v128.xor (v128.load offset=48 align=1 (local.get $start)) (local.get $mask))))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (local.set $start (i32.add (local.get $start) (i32.const 64)))
        (local.set $size (i32.sub (local.get $size) (i32.const 64)))
        (br $turn)))
    (block $none
      (loop $step
        (br_if $none (i32.ge_u (local.get $start) (local.get $last)))
        (v128.store align=1 (local.get $start)
          (local.tee $block (v128.xor (v128.load align=1 (local.get $start)) (local.get $mask))))
        (local.set $seen (v128.or (local.get $seen) (local.get $block)))
        (local.set $start (i32.add (local.get $start) (i32.const 16)))
        (br $step)))
    (v128.store align=1 (local.get $last) (local.get $block_end))
    (i32.eqz (i8x16.bitmask (local.get $seen))))

  ;; Goes on checking UTF-8 from `state` over [start, end). The states are those of protocol/utf8.ts:
  ;;   0 between two characters   1, 2, 3 continuations to come   -1 invalid
  ;;   4 after E0   5 after ED   6 after F0   7 after F4: the next octet has a narrower range
  (func (export "validateUtf8") (param $state i32) (param $start i32) (param $end i32) (result i32)
    (local $at i32)
    (if (i32.lt_u (i32.sub (local.get $end) (local.get $start)) (i32.const 19))
      (then (return (call $octets (local.get $state) (local.get $start) (local.get $end)))))

    ;; The first three octets one by one: they continue what came before, and each block needs three octets before it.
    (local.set $at (i32.add (local.get $start) (i32.const 3)))
    (if (i32.lt_s (call $octets (local.get $state) (local.get $start) (local.get $at)) (i32.const 0))
      (then (return (i32.const -1))))
    (if (call $blocks_invalid (local.get $at) (local.get $end)) (then (return (i32.const -1))))

    ;; The blocks do not say whether the last character is complete, nor whether the very last octet can lead one. So once more from the
    ;; last lead, if there is one among the last three octets: one that is further back is complete.
    (local.set $at (local.get $end))
    (loop $back
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (if (i32.ge_u (i32.load8_u (local.get $at)) (i32.const 0xc0))
        (then (return (call $octets (i32.const 0) (local.get $at) (local.get $end)))))
      (br_if $back (i32.gt_u (local.get $at) (i32.sub (local.get $end) (i32.const 3)))))
    (i32.const 0))

  ;; The same, octet by octet. A row of the table has for each state, 6 bits a state, the state that the octet leads to, counted in 6 bits as
  ;; well: so a step is one shift. What is above the 6 bits does no harm, a shift takes its count modulo 64.
  (func $octets (param $state i32) (param $at i32) (param $end i32) (result i32)
    (local $count i64)
    (local.set $count (i64.extend_i32_u (i32.mul (call $index (local.get $state)) (i32.const 6))))
    (block $done
      (loop $next
        (br_if $done (i32.eq (local.get $at) (local.get $end)))
        (local.set $count
          (i64.shr_u
            (i64.load (i32.shl (i32.load8_u (local.get $at)) (i32.const 3)))
            (local.get $count)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.set $state (i32.div_u (i32.and (i32.wrap_i64 (local.get $count)) (i32.const 63)) (i32.const 6)))
    (select (i32.const -1) (local.get $state) (i32.eq (local.get $state) (i32.const 8))))

  ;; Invalid, -1, has the place behind the other states.
  (func $index (param $state i32) (result i32)
    (select (i32.const 8) (local.get $state) (i32.lt_s (local.get $state) (i32.const 0))))

  (func $fill_table
    (local $octet i32) (local $state i32) (local $row i64)
    (loop $rows
      (local.set $row (i64.const 0))
      (local.set $state (i32.const 8))
      (loop $states
        (local.set $row
          (i64.or
            (i64.shl (local.get $row) (i64.const 6))
            (i64.extend_i32_u
              (i32.mul (call $index (call $octet (local.get $state) (local.get $octet))) (i32.const 6)))))
        (local.set $state (i32.sub (local.get $state) (i32.const 1)))
        (br_if $states (i32.ge_s (local.get $state) (i32.const 0))))
      (i64.store (i32.shl (local.get $octet) (i32.const 3)) (local.get $row))
      (local.set $octet (i32.add (local.get $octet) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $octet) (i32.const 256)))))
  (start $fill_table)

  ;; One step of the automaton, to fill the table. 8 is the state it does not leave: invalid.
  (func $octet (param $state i32) (param $octet i32) (result i32)
    (local $low i32) (local $high i32)
    (if (i32.eqz (local.get $state))
      (then
        ;; RFC 3629 §4: C0, C1 and F5-FF never appear; 80-BF never lead.
        (if (i32.lt_u (local.get $octet) (i32.const 0x80)) (then (return (i32.const 0))))
        (if (i32.lt_u (local.get $octet) (i32.const 0xc2)) (then (return (i32.const -1))))
        (if (i32.lt_u (local.get $octet) (i32.const 0xe0)) (then (return (i32.const 1))))
        (if (i32.eq (local.get $octet) (i32.const 0xe0)) (then (return (i32.const 4))))
        (if (i32.eq (local.get $octet) (i32.const 0xed)) (then (return (i32.const 5))))
        (if (i32.lt_u (local.get $octet) (i32.const 0xf0)) (then (return (i32.const 2))))
        (if (i32.eq (local.get $octet) (i32.const 0xf0)) (then (return (i32.const 6))))
        (if (i32.lt_u (local.get $octet) (i32.const 0xf4)) (then (return (i32.const 3))))
        (return (select (i32.const 7) (i32.const -1) (i32.eq (local.get $octet) (i32.const 0xf4))))))
    (if (i32.eq (local.get $state) (i32.const 8)) (then (return (i32.const -1))))
    (local.set $low (i32.const 0x80))
    (local.set $high (i32.const 0xbf))
    (if (i32.eq (local.get $state) (i32.const 4)) (then (local.set $low (i32.const 0xa0)))) ;; below: overlong
    (if (i32.eq (local.get $state) (i32.const 5)) (then (local.set $high (i32.const 0x9f)))) ;; above: surrogates
    (if (i32.eq (local.get $state) (i32.const 6)) (then (local.set $low (i32.const 0x90)))) ;; below: overlong
    (if (i32.eq (local.get $state) (i32.const 7)) (then (local.set $high (i32.const 0x8f)))) ;; above: beyond U+10FFFF
    (if (i32.or
          (i32.lt_u (local.get $octet) (local.get $low))
          (i32.gt_u (local.get $octet) (local.get $high)))
      (then (return (i32.const -1))))
    ;; One continuation fewer to come: 1, 2, 3 are followed by 0, 1, 2; 4 and 5 by 1; 6 and 7 by 2.
    (if (i32.le_u (local.get $state) (i32.const 3)) (then (return (i32.sub (local.get $state) (i32.const 1)))))
    (i32.sub (i32.shr_u (local.get $state) (i32.const 1)) (i32.const 1)))

  ;; 1 when some octet of [at, end) cannot follow the three before it. At least 16 octets, and three before them.
  ;; What is asked of an octet depends on the three before it alone: so the last block may overlap the one before it.
  (func $blocks_invalid (param $at i32) (param $end i32) (result i32)
    (local $last i32) (local $before i32)
    (local $wrong v128) (local $block v128) (local $before1 v128)
    (local.set $last (i32.sub (local.get $end) (i32.const 16)))
    (loop $next
      (local.set $before (i32.sub (local.get $at) (i32.const 3)))
      ;; ASCII behind three octets of ASCII is right: skip four blocks.
      (if (i32.le_u (i32.add (local.get $at) (i32.const 64)) (local.get $last))
        (then
          (if (i32.eqz (i8x16.bitmask
                (v128.or
                  (v128.or
                    (v128.load align=1 (local.get $before))
                    (v128.load offset=16 align=1 (local.get $before)))
                  (v128.or
                    (v128.load offset=32 align=1 (local.get $before))
                    (v128.or
                      (v128.load offset=48 align=1 (local.get $before))
                      (v128.load offset=51 align=1 (local.get $before)))))))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 64)))
              (br $next)))))
      (local.set $block (v128.load align=1 (local.get $at)))
      (local.set $before1 (v128.load offset=2 align=1 (local.get $before)))
      ;; What two neighbours say together is looked up by three half octets: both halves of the earlier octet and the upper half of the
      ;; later. Each table gives the faults its half allows, as bits, and a fault is there when all three allow it:
      ;;
      ;;   01  a lead, then no continuation         11...... 0....... or 11......
      ;;   02  ASCII, then a continuation           0....... 10......
      ;;   04  overlong in two octets               1100000. 10......
      ;;   08  overlong in three: E0, then 80-9F    11100000 100.....
      ;;   10  a surrogate: ED, then A0-BF          11101101 101.....
      ;;   20  overlong in four: F0, then 80-8F     11110000 1000....                 and F5-FF likewise
      ;;   40  beyond U+10FFFF: F4, then 90-BF      11110100 1001.... or 101.....     and F5-FF likewise
      ;;   80  a continuation, then another         10...... 10......     right at the third and fourth place of a character, and only there
      ;;
      ;; The idea of such tables is Keiser's and Lemire's ("Validating UTF-8 In Less Than One Instruction Per Byte", 2020).
      (local.set $wrong
        (v128.or
          (local.get $wrong)
          (v128.xor
            (v128.and
              (v128.and
                (i8x16.swizzle
                  ;; earlier octet, upper half: 0-7 ASCII, 8-B continuation, C, D, E, F leads
                  (v128.const i8x16 0x02 0x02 0x02 0x02 0x02 0x02 0x02 0x02 0x80 0x80 0x80 0x80 0x05 0x01 0x19 0x61)
                  (i8x16.shr_u (local.get $before1) (i32.const 4)))
                (i8x16.swizzle
                  ;; earlier octet, lower half: 01, 02 and 80 do not depend on it
                  (v128.const i8x16 0xaf 0x87 0x83 0x83 0xc3 0xe3 0xe3 0xe3 0xe3 0xe3 0xe3 0xe3 0xe3 0xf3 0xe3 0xe3)
                  (v128.and (local.get $before1) (i8x16.splat (i32.const 0x0f)))))
              (i8x16.swizzle
                ;; later octet, upper half: 8, 9, A, B continuations
                (v128.const i8x16 0x01 0x01 0x01 0x01 0x01 0x01 0x01 0x01 0xae 0xce 0xd6 0xd6 0x01 0x01 0x01 0x01)
                (i8x16.shr_u (local.get $block) (i32.const 4))))
            ;; The third place: two earlier stands a lead of three or four. The fourth: three earlier stands a lead of four.
            (v128.and
              (v128.or
                (i8x16.ge_u (v128.load offset=1 align=1 (local.get $before)) (i8x16.splat (i32.const 0xe0)))
                (i8x16.ge_u (v128.load align=1 (local.get $before)) (i8x16.splat (i32.const 0xf0))))
              (i8x16.splat (i32.const 0x80))))))
      (if (i32.eq (local.get $at) (local.get $last)) (then (return (v128.any_true (local.get $wrong)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (if (i32.gt_u (local.get $at) (local.get $last)) (then (local.set $at (local.get $last))))
      (br $next))
    (unreachable))
)
