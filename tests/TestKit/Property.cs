using FsCheck;
using FsCheck.Fluent;

namespace Tda.TestKit;

/// <summary>Property tests with a fixed seed: a failure on one machine is a failure on all.</summary>
public static class Property
{
    private const int Cases = 200;
    private const ulong Seed = 20260101;
    private const ulong Gamma = 1; // FsCheck's generator wants an odd one

    /// <summary>Runs <paramref name="assertion"/> on generated values; on failure shows the smallest value that fails.</summary>
    public static void Holds<T>(Arbitrary<T> values, Action<T> assertion, int cases = Cases)
    {
        var config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(cases).WithReplay(Seed, Gamma);
        Prop.ForAll(values, value => assertion(value)).Check(config);
    }

    /// <summary>As <see cref="Holds{T}(Arbitrary{T}, Action{T}, int)"/>, from a generator (without shrinking).</summary>
    public static void Holds<T>(Gen<T> values, Action<T> assertion, int cases = Cases) => Holds(values.ToArbitrary(), assertion, cases);
}
