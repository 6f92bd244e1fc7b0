using Tda.Torch.Native;

namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor abs() => Aten.Abs.Call(this);

        public Tensor abs_() => Aten.AbsInPlace.CallInPlace(this, this);

        public Tensor neg() => Aten.Neg.Call(this);

        public Tensor neg_() => Aten.NegInPlace.CallInPlace(this, this);

        public Tensor exp() => Aten.Exp.Call(this);

        public Tensor exp_() => Aten.ExpInPlace.CallInPlace(this, this);

        public Tensor exp2() => Aten.Exp2.Call(this);

        public Tensor exp2_() => Aten.Exp2InPlace.CallInPlace(this, this);

        public Tensor expm1() => Aten.Expm1.Call(this);

        public Tensor expm1_() => Aten.Expm1InPlace.CallInPlace(this, this);

        public Tensor log() => Aten.Log.Call(this);

        public Tensor log_() => Aten.LogInPlace.CallInPlace(this, this);

        public Tensor log2() => Aten.Log2.Call(this);

        public Tensor log2_() => Aten.Log2InPlace.CallInPlace(this, this);

        public Tensor log10() => Aten.Log10.Call(this);

        public Tensor log10_() => Aten.Log10InPlace.CallInPlace(this, this);

        public Tensor log1p() => Aten.Log1p.Call(this);

        public Tensor log1p_() => Aten.Log1pInPlace.CallInPlace(this, this);

        public Tensor sqrt() => Aten.Sqrt.Call(this);

        public Tensor sqrt_() => Aten.SqrtInPlace.CallInPlace(this, this);

        public Tensor rsqrt() => Aten.Rsqrt.Call(this);

        public Tensor rsqrt_() => Aten.RsqrtInPlace.CallInPlace(this, this);

        public Tensor reciprocal() => Aten.Reciprocal.Call(this);

        public Tensor reciprocal_() => Aten.ReciprocalInPlace.CallInPlace(this, this);

        public Tensor sign() => Aten.Sign.Call(this);

        public Tensor sign_() => Aten.SignInPlace.CallInPlace(this, this);

        public Tensor ceil() => Aten.Ceil.Call(this);

        public Tensor ceil_() => Aten.CeilInPlace.CallInPlace(this, this);

        public Tensor floor() => Aten.Floor.Call(this);

        public Tensor floor_() => Aten.FloorInPlace.CallInPlace(this, this);

        public Tensor trunc() => Aten.Trunc.Call(this);

        public Tensor trunc_() => Aten.TruncInPlace.CallInPlace(this, this);

        public Tensor frac() => Aten.Frac.Call(this);

        public Tensor frac_() => Aten.FracInPlace.CallInPlace(this, this);

        public Tensor square() => Aten.Square.Call(this);

        public Tensor square_() => Aten.SquareInPlace.CallInPlace(this, this);

        public Tensor erf() => Aten.Erf.Call(this);

        public Tensor erf_() => Aten.ErfInPlace.CallInPlace(this, this);

        public Tensor erfc() => Aten.Erfc.Call(this);

        public Tensor erfc_() => Aten.ErfcInPlace.CallInPlace(this, this);

        public Tensor erfinv() => Aten.Erfinv.Call(this);

        public Tensor erfinv_() => Aten.ErfinvInPlace.CallInPlace(this, this);

        public Tensor lgamma() => Aten.Lgamma.Call(this);

        public Tensor lgamma_() => Aten.LgammaInPlace.CallInPlace(this, this);

        public Tensor sin() => Aten.Sin.Call(this);

        public Tensor sin_() => Aten.SinInPlace.CallInPlace(this, this);

        public Tensor cos() => Aten.Cos.Call(this);

        public Tensor cos_() => Aten.CosInPlace.CallInPlace(this, this);

        public Tensor tan() => Aten.Tan.Call(this);

        public Tensor tan_() => Aten.TanInPlace.CallInPlace(this, this);

        public Tensor asin() => Aten.Asin.Call(this);

        public Tensor asin_() => Aten.AsinInPlace.CallInPlace(this, this);

        public Tensor acos() => Aten.Acos.Call(this);

        public Tensor acos_() => Aten.AcosInPlace.CallInPlace(this, this);

        public Tensor atan() => Aten.Atan.Call(this);

        public Tensor atan_() => Aten.AtanInPlace.CallInPlace(this, this);

        public Tensor sinh() => Aten.Sinh.Call(this);

        public Tensor sinh_() => Aten.SinhInPlace.CallInPlace(this, this);

        public Tensor cosh() => Aten.Cosh.Call(this);

        public Tensor cosh_() => Aten.CoshInPlace.CallInPlace(this, this);
    }
}
