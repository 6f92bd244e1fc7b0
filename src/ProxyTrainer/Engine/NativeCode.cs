using System.Runtime.InteropServices;

namespace Tda.ProxyTrainer.Engine;

/// <summary>Changes a native function in memory, in this process alone, so that it calls one of ours.</summary>
internal static unsafe partial class NativeCode
{
    private const int Readable = 1, Writable = 2, Executable = 4; // PROT_*

    /// <summary>The function's address, if it begins with these bytes: x64 code of a version that we know.</summary>
    public static bool TryFind(nint library, string name, ReadOnlySpan<byte> beginning, out nint function)
    {
        function = 0;
        return RuntimeInformation.ProcessArchitecture == Architecture.X64
            && NativeLibrary.TryGetExport(library, name, out function)
            && new ReadOnlySpan<byte>((void*)function, beginning.Length).SequenceEqual(beginning);
    }

    /// <summary>mov rax, target; jmp rax: 12 bytes.</summary>
    public static byte[] Jump(nint target) => [0x48, 0xb8, .. BitConverter.GetBytes(target), 0xff, 0xe0];

    /// <summary>Writes code over code.</summary>
    /// <returns>False where the system doesn't allow it.</returns>
    public static bool TryWrite(nint address, ReadOnlySpan<byte> code)
    {
        var page = (nint)Environment.SystemPageSize;
        var start = address / page * page;
        if (Protect(start, 2 * page, Readable | Writable | Executable) != 0)
        {
            return false;
        }

        code.CopyTo(new Span<byte>((void*)address, code.Length));
        _ = Protect(start, 2 * page, Readable | Executable);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint start, nint length, int protection);
}
