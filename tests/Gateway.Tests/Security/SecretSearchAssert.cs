namespace Tda.Gateway.Tests.Security;

/// <summary>Looks for secrets in everything that a gateway leaves.</summary>
internal static class SecretSearchAssert
{
    /// <summary>Fails when a file below a directory holds one of the secrets, as UTF-8 or UTF-16, in base64 or percent-encoded.</summary>
    public static void NowhereIn(string directory, params string[] secrets)
    {
        // A running gateway's locks are empty, and nobody else may open them.
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock"))
        {
            // Shared: the gateway may have the file open.
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            NotIn(bytes.ToArray(), file, secrets);
        }
    }

    /// <summary>Fails when a text holds one of the secrets.</summary>
    public static void NotIn(string text, string place, params string[] secrets) => NotIn(Encoding.UTF8.GetBytes(text), place, secrets);

    private static void NotIn(ReadOnlySpan<byte> bytes, string place, string[] secrets)
    {
        foreach (var secret in secrets)
        {
            foreach (var written in Writings(secret))
            {
                var at = bytes.IndexOf(written);
                Assert.True(at < 0, $"the secret {secret} is in {place} at byte {at}: {Around(bytes, at)}");
            }
        }
    }

    private static IEnumerable<byte[]> Writings(string secret)
    {
        yield return Encoding.UTF8.GetBytes(secret);
        yield return Encoding.Unicode.GetBytes(secret);
        yield return Encoding.UTF8.GetBytes(Uri.EscapeDataString(secret));
        yield return Encoding.UTF8.GetBytes(Uri.EscapeDataString(Uri.EscapeDataString(secret)));
        yield return Encoding.UTF8.GetBytes(string.Concat(secret.Select(c => $"\\u{(int)c:x4}")));
        yield return Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)).TrimEnd('='));
        yield return Encoding.UTF8.GetBytes(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret)));
    }

    private static string Around(ReadOnlySpan<byte> bytes, int at) =>
        at < 0 ? "" : Encoding.UTF8.GetString(bytes[Math.Max(0, at - 80)..Math.Min(bytes.Length, at + 80)]);
}
