using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Tda.Torch.Native;

/// <summary>
/// Which of OpenBLAS's kernels compute. It chooses by the processor's model number, and an old release gives one that it does not know
/// kernels of twenty years ago: a sixth of the speed (docs/decisions/0018). What an Intel processor can do says which are right; AMD's it lists by
/// whole families, and they are left to it.
/// </summary>
internal static unsafe partial class BlasKernels
{
    internal const string Variable = "OPENBLAS_CORETYPE";

    /// <summary>Has to come before OpenBLAS is loaded. Who set the variable knows better.</summary>
    internal static void Choose()
    {
        if (!X86Base.IsSupported || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            return;
        if (For(Vendor(), Avx512Bfloat16(), Avx512BW.IsSupported && Avx512DQ.VL.IsSupported, Avx2.IsSupported && Fma.IsSupported) is not { } kernels)
            return;

        // Native code reads the process's own environment, children get the runtime's copy.
        SetVariable(Variable, kernels, overwrite: 0);
        Environment.SetEnvironmentVariable(Variable, kernels);
    }

    /// <summary>OpenBLAS's name of the kernels for a processor; null where its own choice is left alone.</summary>
    internal static string? For(string vendor, bool bfloat16, bool avx512, bool avx2) => vendor switch
    {
        "GenuineIntel" when avx512 && bfloat16 => "Cooperlake",
        "GenuineIntel" when avx512 => "SkylakeX",
        "GenuineIntel" when avx2 => "Haswell",
        _ => null,
    };

    /// <summary>The kernels in use, by OpenBLAS's own word; null for other libraries.</summary>
    internal static string? InUse(string path) =>
        NativeLibrary.TryLoad(path, out var library) && NativeLibrary.TryGetExport(library, "openblas_get_corename", out var name)
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)name)())
            : null;

    private static string Vendor()
    {
        var (_, ebx, ecx, edx) = X86Base.CpuId(0, 0);
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes<int>([ebx, edx, ecx]));
    }

    private static bool Avx512Bfloat16() => Avx512F.IsSupported && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
