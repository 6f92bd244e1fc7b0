using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>
/// Keeps TorchSharp's tensors alive while native code reads them. TorchSharp 0.107 hands <c>tensor.Handle</c> to the native side and doesn't
/// hold on to the tensor (it calls <c>GC.KeepAlive</c> for indices alone). Where nothing else holds it either, as the view in
/// <c>x.view(-1).clone()</c> outside of a dispose scope, a collection in the middle of the call ends it, and its finaliser frees the memory
/// that the call is reading: a segmentation fault, or wrong numbers without a word.
/// </summary>
/// <remarks>
/// <para>Tensors end in one native function, <c>THSTensor_dispose</c>, whether the program disposes of them or the finaliser does. Its
/// beginning is replaced in memory by a jump to <see cref="Dispose"/>, which lets a tensor go at once, as memory is dear, unless it is
/// called on the finaliser's thread: then it does so only after <see cref="Grace"/>. Where the code isn't the one that is known, nothing is
/// replaced.</para>
/// <para>The rest of the function still frees tensors, so only its check for null, five bytes, may be written over, and no jump to
/// managed code is that short. It goes by way of <c>THSTensor_free</c> right before it, which does nothing and which nothing calls.</para>
/// </remarks>
internal static unsafe class TensorLifetime
{
    private const int Body = 5; // where the function goes on after its check for null

    // Longer than an operator takes, on a busy machine too. Scopes end nearly all tensors: a whole small demo leaves 472 to the finaliser, 3 MiB in all.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);
    private static readonly LateRelease Ended = new(Grace, Free);
    private static delegate* unmanaged[Cdecl]<nint, void> _free;
    private static int _finaliser; // the managed id of its thread, which is one and stays; 0 until the first collection tells

    // THSTensor_free: ret, and nothing up to the next multiple of 16. Then THSTensor_dispose: test rdi, rdi; je …; mov rax, [rdi].
    private static ReadOnlySpan<byte> Known =>
    [
        0xc3, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0,
        0x48, 0x85, 0xff, 0x74, 0x26, 0x48, 0x8b, 0x07,
    ];

    /// <summary>Tensors that the finaliser has ended and that aren't freed yet.</summary>
    internal static int Waiting => Ended.Count;

    /// <summary>Replaces the function; once, before tensors are used on several threads.</summary>
    /// <param name="library">libLibTorchSharp.so as loaded.</param>
    /// <returns>False where the functions aren't the known ones, or their memory can't be changed.</returns>
    internal static bool Guard(nint library)
    {
        if (!NativeCode.TryFind(library, "THSTensor_free", Known, out var unused)
            || !NativeCode.TryFind(library, "THSTensor_dispose", Known[16..], out var dispose) || dispose != unused + 16)
        {
            return false;
        }

        _free = (delegate* unmanaged[Cdecl]<nint, void>)(dispose + Body);
        var jump = NativeCode.Jump((nint)(delegate* unmanaged[Cdecl]<nint, void>)&Dispose);
        // The short jump last: two aligned bytes are written at once, so that a thread that comes by finds the old check or the whole way.
        if (!NativeCode.TryWrite(unused, jump) || !NativeCode.TryWrite(dispose, [0xeb, unchecked((byte)(unused - (dispose + 2)))]))
        {
            return false;
        }

        LeaveToTheFinaliser();
        GC.Collect(0);
        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Dispose(nint tensor)
    {
        if (tensor != 0)
        {
            if (_finaliser == 0 || _finaliser == Environment.CurrentManagedThreadId)
            {
                Ended.Add(tensor);
            }
            else
            {
                Free(tensor);
            }
        }

        Ended.ReleaseDue();
    }

    private static void Free(nint tensor) => _free(tensor);

    // In a method of its own, so that no register or stack slot of the caller keeps it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveToTheFinaliser() => _ = new Probe();

    /// <summary>Tells which thread runs finalisers.</summary>
    private sealed class Probe
    {
        ~Probe() => _finaliser = Environment.CurrentManagedThreadId;
    }
}
