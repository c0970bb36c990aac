import { describe, expect, test } from 'vitest'
import { commandLineWords, iommuFromCommandLine } from '../src/proc/command-line.ts'
import { parseCpuinfo } from '../src/proc/cpuinfo.ts'
import { busRanges, parseIomem, systemRam } from '../src/proc/iomem.ts'
import { kernelArch, kernelRelease } from '../src/proc/kernel-release.ts'

describe('cpuinfo', () => {
  test('HB-1: x86 names vendor and family', () => {
    const text =
      'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel name\t: AMD EPYC\nflags\t\t: fpu lm nx\n'
    expect(parseCpuinfo(text)).toEqual({ arch: 'x86_64', vendor: 'AuthenticAMD', family: 25, name: 'AMD EPYC' })
    expect(parseCpuinfo(text.replace('lm ', '')).arch).toBe('x86')
  })

  test('other architectures write it in their own way', () => {
    const texts = [
      'processor : 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n',
      'processor\t: 0\ncpu\t\t: POWER8NVL (raw), altivec supported\nclock\t\t: 4023MHz\n',
      'processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,u74-mc\n',
      'vendor_id       : IBM/S390\n# processors    : 4\n',
      'system type\t\t: generic\nCPU Family\t\t: Loongson-64bit\nModel Name\t\t: Loongson-3A5000\n',
    ]
    expect(texts.map((text) => [parseCpuinfo(text).arch, parseCpuinfo(text).name])).toEqual([
      ['arm64', 'Arm implementer 0x41 part 0xd0c'],
      ['ppc64', 'POWER8NVL (raw), altivec supported'],
      ['riscv64', 'sifive,u74-mc'],
      ['s390', undefined],
      ['loongarch64', 'Loongson-3A5000'],
    ])
  })

  test('text that is no cpuinfo tells nothing', () => {
    expect(parseCpuinfo('what: ever')).toEqual({ arch: undefined, vendor: undefined, family: undefined })
  })
})

describe('iomem', () => {
  const text = [
    '00001000-0009fbff : System RAM',
    '000a0000-000bffff : PCI Bus 0000:00',
    '000c0000-000fffff : Reserved',
    '  000c0000-000dffff : PCI Bus 0000:00',
    '100000000-1ffffffff : System RAM',
    '  1c200000-1d3d3f8f : Kernel code',
    'no line of it',
    'ffff0000000000-ffffffffffffffff : PCI Bus 0000:17',
    '',
  ].join('\n')

  test('RAM and windows, bytes and all', () => {
    const iomem = parseIomem(text)
    expect(systemRam(iomem)).toEqual([
      { start: 0x1000, length: 0x9ec00 },
      { start: 0x1_0000_0000, length: 0x1_0000_0000 },
    ])
    expect([...busRanges(iomem)]).toEqual([
      [
        '0000:00',
        [
          { start: 0xa_0000, length: 0x2_0000 },
          { start: 0xc_0000, length: 0x2_0000 },
        ],
      ],
    ])
  })

  test('zeros everywhere mean that it was read without root', () => {
    const iomem = parseIomem('00000000-00000000 : System RAM\n00000000-00000000 : PCI Bus 0000:00\n')
    expect([iomem.masked, systemRam(iomem), [...busRanges(iomem)]]).toEqual([true, [], []])
    expect(parseIomem('').masked).toBe(false)
  })
})

describe('kernel', () => {
  test('its release, from whatever names it', () => {
    const texts = [
      'Linux version 7.3.4+deb13-amd64 (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14) #1 SMP',
      'Linux some-host 6.17.0-19-generic #19-Ubuntu SMP PREEMPT_DYNAMIC x86_64 x86_64 x86_64 GNU/Linux',
      '6.6.8\n',
      'OSName: Linux\nOSRelease: 4.9.0-3-amd64\n',
      'Darwin 23',
    ]
    expect(texts.map(kernelRelease)).toEqual([
      '7.3.4+deb13-amd64',
      '6.17.0-19-generic',
      '6.6.8',
      '4.9.0-3-amd64',
      undefined,
    ])
    expect(texts.map(kernelArch)).toEqual(['x86_64', 'x86_64', undefined, 'x86_64', undefined])
  })

  test('ACS-11: quotes keep a word of the command line whole', () => {
    expect(commandLineWords('ro pci="config_acs=10x@0000:00:01.0;x" quiet\n')).toEqual([
      'ro',
      'pci=config_acs=10x@0000:00:01.0;x',
      'quiet',
    ])
  })

  test('the last word on the IOMMU wins', () => {
    const lines = [
      'quiet',
      'iommu=pt',
      'intel_iommu=on iommu=pt',
      'iommu.passthrough=1 iommu.passthrough=0',
      'intel_iommu=off',
    ]
    expect(lines.map(iommuFromCommandLine)).toEqual([undefined, 'identity', 'identity', 'translated', 'none'])
  })
})
