using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Tda.Core.Detection;

/// <summary>What looks closer where a secret may begin, and returns where to go on; 0 where none begins.</summary>
internal delegate int SecretFinder(ReadOnlySpan<byte> text, int at, SecretSpans found);

/// <summary>
/// The beginnings of secrets, and who looks closer at each. A beginning is written as its characters, a set of them in brackets:
/// <c>SK[0-9a-f]</c>; three are looked at here, and the fourth where they are found.
/// </summary>
/// <remarks>
/// A vector of 16 places is tested by nibbles: a table gives for each low and each high nibble of each byte the sets (one bit each)
/// of beginnings it may belong to, and six lookups are intersected; two such tables make 16 sets. It can be wrong, but never misses
/// a beginning. Which beginnings share a set is chosen so that as few places as can be pass in text.
/// </remarks>
internal sealed class Beginnings
{
    private const int Sets = 16;
    private const int Looked = 3;

    // Some 6,400 fours of bytes begin something: of others one in twenty passes this, and is looked up for nothing.
    private const int KnownBits = 17;
    private const int Fourths = 32;

    private readonly Dictionary<int, SecretFinder[]> _finders = [];
    private readonly ulong[] _known = new ulong[1 << (KnownBits - 6)];
    private readonly Vector128<byte>[] _tables = new Vector128<byte>[2 * 2 * Looked];

    public Beginnings(IEnumerable<(string Beginning, SecretFinder Finder)> all)
    {
        List<List<string>> beginnings = [];
        foreach (var (beginning, finder) in all)
        {
            var characters = Parse(beginning, Looked + 1);
            var fourths = characters.Count > Looked ? characters[Looked].Select(c => c % Fourths) : Enumerable.Range(0, Fourths);
            beginnings.Add(characters);
            foreach (var trigram in from a in characters[0] from b in characters[1] from c in characters[2] select Key((byte)a, (byte)b, (byte)c))
            {
                _finders[trigram] = [.. _finders.GetValueOrDefault(trigram, []), finder];
                foreach (var known in fourths.Select(fourth => Hash(trigram, fourth)))
                {
                    _known[known >> 6] |= 1UL << known;
                }
            }
        }

        var sets = Share(beginnings);
        for (var table = 0; table < _tables.Length; table++)
        {
            _tables[table] = Table(sets, table / (2 * Looked) * 8, table / 2 % Looked, high: table % 2 == 1);
        }
    }

    /// <summary>Which of 16 places nothing begins at: all bits of their bytes are set.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    public Vector128<byte> Nowhere(Vector128<byte> b0, Vector128<byte> b1, Vector128<byte> b2)
    {
        ref var tables = ref MemoryMarshal.GetArrayDataReference(_tables);
        var nibble = Vector128.Create((byte)0xF);
        var (low0, high0, low1, high1, low2, high2) = (b0 & nibble, b0 >>> 4, b1 & nibble, b1 >>> 4, b2 & nibble, b2 >>> 4);
        var first = Lookup(ref tables, 0, low0, high0) & Lookup(ref tables, 2, low1, high1) & Lookup(ref tables, 4, low2, high2);
        var second = Lookup(ref tables, 6, low0, high0) & Lookup(ref tables, 8, low1, high1) & Lookup(ref tables, 10, low2, high2);
        return Vector128.Equals(first | second, Vector128<byte>.Zero);
    }

    /// <summary>Who looks closer at a place; empty where nothing begins after all, as where fewer than four bytes are left.</summary>
    public ReadOnlySpan<SecretFinder> At(ReadOnlySpan<byte> text, int at)
    {
        if (at + Looked >= text.Length)
        {
            return default;
        }

        var key = Key(text[at], text[at + 1], text[at + 2]);
        var known = Hash(key, text[at + Looked] % Fourths);
        return (_known[known >> 6] >> known & 1) != 0 ? _finders.GetValueOrDefault(key) : default;
    }

    /// <summary>The characters that may stand at each of the first places of a beginning.</summary>
    public static List<string> Parse(string beginning, int most = int.MaxValue)
    {
        var places = new List<string>();
        for (var i = 0; i < beginning.Length && places.Count < most; i++)
        {
            var close = beginning[i] == '[' ? beginning.IndexOf(']', i) : i;
            places.Add(close > i ? Expand(beginning[(i + 1)..close]) : beginning[i].ToString());
            i = close;
        }

        return places;
    }

    /// <summary>How some words of small letters begin, in any case.</summary>
    public static string AnyCase(IEnumerable<string> words)
    {
        var length = Math.Min(Looked + 1, words.Min(word => word.Length));
        return string.Concat(Enumerable.Range(0, length).Select(place =>
            $"[{string.Concat(words.Select(word => word[place]).Distinct().SelectMany(c => new[] { char.ToUpperInvariant(c), c }))}]"));
    }

    private static string Expand(string set)
    {
        var characters = new StringBuilder();
        for (var i = 0; i < set.Length; i++)
        {
            var last = i + 2 < set.Length && set[i + 1] == '-' ? set[i + 2] : set[i];
            for (var character = set[i]; character <= last; character++)
            {
                characters.Append(character);
            }

            i += last == set[i] ? 0 : 2;
        }

        return characters.ToString();
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Lookup(ref Vector128<byte> tables, int table, Vector128<byte> low, Vector128<byte> high) =>
        Vector128.ShuffleNative(System.Runtime.CompilerServices.Unsafe.Add(ref tables, table), low)
        & Vector128.ShuffleNative(System.Runtime.CompilerServices.Unsafe.Add(ref tables, table + 1), high);

    private static int Hash(int key, int fourth) => (int)((uint)(key + (fourth << 24)) * 0x9E3779B1 >> (32 - KnownBits));

    private static int Key(byte a, byte b, byte c) => (a << 16) | (b << 8) | c;

    /// <summary>Gives each beginning to the set that grows least by it, and then again, now that all others have theirs.</summary>
    private static Nibbles[,] Share(List<List<string>> beginnings)
    {
        const int passes = 3;
        var setOf = Enumerable.Repeat(-1, beginnings.Count).ToArray();
        var sets = new Nibbles[Sets, Looked];
        for (var pass = 0; pass < passes; pass++)
        {
            for (var i = 0; i < beginnings.Count; i++)
            {
                if (setOf[i] is var last and >= 0)
                {
                    setOf[i] = -1;
                    for (var place = 0; place < Looked; place++)
                    {
                        sets[last, place] = default;
                    }

                    for (var other = 0; other < beginnings.Count; other++)
                    {
                        Add(sets, setOf[other] == last ? last : -1, beginnings[other]);
                    }
                }

                setOf[i] = LeastGrowth(sets, beginnings[i]);
                Add(sets, setOf[i], beginnings[i]);
            }
        }

        return sets;
    }

    private static int LeastGrowth(Nibbles[,] sets, List<string> characters)
    {
        var (best, least) = (0, double.MaxValue);
        for (var set = 0; set < Sets; set++)
        {
            double before = 1, after = 1;
            for (var place = 0; place < Looked; place++)
            {
                before *= sets[set, place].Weight;
                after *= sets[set, place].With(characters[place]).Weight;
            }

            (best, least) = after - before < least ? (set, after - before) : (best, least);
        }

        return best;
    }

    private static void Add(Nibbles[,] sets, int set, List<string> characters)
    {
        for (var place = 0; place < Looked && set >= 0; place++)
        {
            sets[set, place] = sets[set, place].With(characters[place]);
        }
    }

    private static Vector128<byte> Table(Nibbles[,] sets, int first, int place, bool high)
    {
        Span<byte> table = stackalloc byte[16];
        for (var set = 0; set < 8; set++)
        {
            var nibbles = high ? sets[first + set, place].High : sets[first + set, place].Low;
            for (var nibble = 0; nibble < 16; nibble++)
            {
                table[nibble] |= (byte)((nibbles >> nibble & 1) << set);
            }
        }

        return Vector128.Create<byte>(table);
    }

    /// <summary>The low and the high nibbles of a set of bytes.</summary>
    private readonly record struct Nibbles(int Low, int High)
    {
        /// <summary>How often a byte of text has such nibbles, about.</summary>
        public double Weight
        {
            get
            {
                var weight = 0.0;
                for (var value = 0; value < 128; value++)
                {
                    weight += (Low >> (value & 15) & 1) == 0 || (High >> (value >> 4) & 1) == 0 ? 0
                        : "etaoinsrhldcu ".Contains((char)value, StringComparison.Ordinal) ? 5 : value is >= 'a' and <= 'z' ? 2 : 0.5;
                }

                return weight;
            }
        }

        public Nibbles With(string characters) =>
            characters.Aggregate(this, (nibbles, c) => new(nibbles.Low | 1 << (c & 15), nibbles.High | 1 << (c >> 4)));
    }
}
