namespace Tda.Gateway.Redaction.Detection;

/// <summary>Tells keys from names that people gave: <c>4f9Qx81bTz0L</c> from <c>container-id-100</c>.</summary>
internal static class Randomness
{
    private const int ShortestPart = 10;
    private const int FewestChanges = 4;
    private const int FewestDigits = 8;

    /// <summary>
    /// Whether a part between signs is like a key's: at least ten letters and digits that change between small letters, capitals and
    /// digits again and again, or many digits.
    /// </summary>
    public static bool IsIn(ReadOnlySpan<byte> text)
    {
        int length = 0, digits = 0, changes = 0, allChanges = 0;
        byte before = 0;
        foreach (var value in text)
        {
            if (!Bytes.IsAlphanumeric(value))
            {
                (length, digits, changes, allChanges, before) = (0, 0, 0, 0, 0);
                continue;
            }

            length++;
            digits += Bytes.IsDigit(value) ? 1 : 0;
            var kind = Bytes.IsDigit(value) ? (byte)1 : value >= 'a' ? (byte)2 : (byte)3;
            allChanges += before != 0 && kind != before ? 1 : 0;
            changes += before != 0 && kind != before && (kind == 1 || before == 1) ? 1 : 0;
            before = kind;

            // Words in camelCase change twice in some six letters, random letters and digits in every other place.
            if ((length >= ShortestPart && digits >= 2 && changes >= FewestChanges)
                || (length >= ShortestPart && digits >= 1 && 2 * allChanges >= length) || digits >= FewestDigits)
            {
                return true;
            }
        }

        return false;
    }
}
