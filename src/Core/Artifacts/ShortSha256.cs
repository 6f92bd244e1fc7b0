using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Tda.Core.Artifacts;

/// <summary>
/// SHA-256 of some hundred or thousand bytes. From OpenSSL 3 on a one-shot digest allocates a context, looks the algorithm up and clears an
/// error queue, as dear as a KiB of hashing; its older functions, called directly here, only hash. Where they are not there, or where OpenSSL
/// is held to approved modules (FIPS), this is <see cref="SHA256"/>.
/// </summary>
public static unsafe class ShortSha256
{
    // A call of this kind keeps the collector waiting: some microseconds at most. What is longer hardly feels the set-up.
    private const int Longest = 8 << 10;

    // SHA256_CTX has 112 bytes.
    private const int ContextSize = 128;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, int> Init;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int> Update;
    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int> Final;

    static ShortSha256()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libcrypto.so.3", out var library) && !Fips(library)
            && NativeLibrary.TryGetExport(library, "SHA256_Init", out var init)
            && NativeLibrary.TryGetExport(library, "SHA256_Update", out var update)
            && NativeLibrary.TryGetExport(library, "SHA256_Final", out var final))
        {
            Init = (delegate* unmanaged[SuppressGCTransition]<byte*, int>)init;
            Update = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, nuint, int>)update;
            Final = (delegate* unmanaged[SuppressGCTransition]<byte*, byte*, int>)final;
        }
    }

    /// <summary>Whether OpenSSL's functions are called directly.</summary>
    public static bool IsDirect => Final is not null;

    /// <summary>Writes the digest, <see cref="SHA256.HashSizeInBytes"/> bytes.</summary>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    public static void Hash(ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        if (!IsDirect || bytes.Length > Longest || digest.Length < SHA256.HashSizeInBytes)
        {
            SHA256.HashData(bytes, digest);
            return;
        }

        var context = stackalloc byte[ContextSize];
        fixed (byte* input = bytes, output = digest)
        {
            if (Init(context) == 1 && Update(context, input, (nuint)bytes.Length) == 1 && Final(output, context) == 1)
            {
                return;
            }
        }

        throw new CryptographicException("OpenSSL did not compute a SHA-256");
    }

    private static bool Fips(nint library) =>
        NativeLibrary.TryGetExport(library, "EVP_default_properties_is_fips_enabled", out var enabled)
        && ((delegate* unmanaged<nint, int>)enabled)(0) == 1;
}
